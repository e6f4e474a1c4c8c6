#include "linear/wald.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "linear/chol.h"

#include "base/exact.h"

// Column by column; what was left out has no variance that is known.
static void invert(const double* factor, size_t p, const bool* skipped, double mass,
                   double* inverse) {
  for (size_t j = 0; j < p; j++) {
    double* row = inverse + j * p;
    memset(row, 0, p * sizeof *row);
    row[j] = 1.0;
    cr_chol_solve(factor, p, skipped, row);
    for (size_t k = 0; k < p; k++) {
      row[k] = skipped[j] || skipped[k] ? NAN : row[k] / mass;
    }
  }
}

cr_status cr_wald_covariance(const cr_problem* problem, size_t n,
                             const double* coefficient, const cr_run* run,
                             double* covariance, cr_error* err) {
  cr_status status = CR_OK;
  const size_t p = problem->design->n_terms + 1;
  cr_sums sums = {0};
  double* matrix = cr_alloc(p * p, sizeof *matrix);
  bool* skipped = cr_alloc_zero(p, sizeof *skipped);
  if (matrix == NULL || skipped == NULL) {
    status = cr_fail(err, CR_ENOMEM, "memory", "no memory for %zu terms", p);
    goto done;
  }
  CR_TRY(cr_sums_make(cr_design_panels(problem->design), &sums, err));
  CR_TRY(cr_sums_compute(problem, NULL, n, coefficient, run, 1.0, &sums, err));
  cr_sums_matrix(&sums, p, matrix);
  cr_chol_factor(matrix, p, skipped);
  invert(matrix, p, skipped, sums.mass, covariance);

done:
  cr_sums_free(&sums);
  cr_free(skipped);
  cr_free(matrix);
  return status;
}
