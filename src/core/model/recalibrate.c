#include "model/recalibrate.h"

#include <math.h>

#include "base/exact.h"

static cr_status broken(cr_error* err) {
  return cr_fail(err, CR_EMODEL, "calibration", "the model's calibration is damaged");
}

static cr_status open_coefficients(const cr_value* list, cr_recalibration* out,
                                   cr_error* err) {
  const int64_t n = out->shape == CR_MAP_BETA ? 3 : 2;
  const cr_value* b = cr_value_field(list, "coefficient", CR_VALUE_NUMBER, n, err);
  if (b == NULL) return CR_EMODEL;
  for (size_t k = 0; k < b->n; k++) {
    if (!isfinite(b->as.number[k])) return broken(err);
    out->coefficient[k] = b->as.number[k];
  }
  return CR_OK;
}

static cr_status open_steps(const cr_value* list, cr_recalibration* out, cr_error* err) {
  const cr_value* steps = cr_value_field(list, "steps", CR_VALUE_LIST, -1, err);
  const cr_value* rate =
      steps == NULL ? NULL : cr_value_field(steps, "rate", CR_VALUE_NUMBER, -1, err);
  if (rate == NULL) return CR_EMODEL;
  const int64_t n = rate->n;
  const cr_value* low = cr_value_field(steps, "lowest", CR_VALUE_NUMBER, n, err);
  const cr_value* high = cr_value_field(steps, "highest", CR_VALUE_NUMBER, n, err);
  if (low == NULL || high == NULL) return CR_EMODEL;
  if (n < 1) return broken(err);
  double last = -INFINITY;
  for (size_t k = 0; k < rate->n; k++) {
    const double r = rate->as.number[k], from = low->as.number[k],
                 to = high->as.number[k];
    if (!(r > 0.0 && r < 1.0 && from > last && to >= from && isfinite(to))) {
      return broken(err);
    }
    last = to;
  }
  out->steps = (cr_recal_steps){.n = rate->n,  // only read
                                .lowest = (double*)low->as.number,
                                .highest = (double*)high->as.number,
                                .rate = (double*)rate->as.number};
  return CR_OK;
}

cr_status cr_recalibration_open(const cr_value* list, cr_recalibration* out,
                                cr_error* err) {
  const cr_value* method = cr_value_field(list, "method", CR_VALUE_TEXT, 1, err);
  if (method == NULL) return CR_EMODEL;
  *out = (cr_recalibration){.shape = CR_MAP_LINE};
  if (cr_texts_equal(&method->text, 0, "beta")) out->shape = CR_MAP_BETA;
  if (cr_texts_equal(&method->text, 0, "isotonic")) out->shape = CR_MAP_STEPS;
  return out->shape == CR_MAP_STEPS ? open_steps(list, out, err)
                                    : open_coefficients(list, out, err);
}

void cr_recalibrate(const cr_recalibration* map, double* link, size_t n) {
  switch (map->shape) {
    case CR_MAP_LINE:
      for (size_t i = 0; i < n; i++) {
        link[i] = map->coefficient[0] + map->coefficient[1] * link[i];
      }
      break;
    case CR_MAP_BETA: cr_recal_beta_apply(map->coefficient, link, n, link); break;
    case CR_MAP_STEPS: cr_recal_steps_apply(&map->steps, link, n, link); break;
  }
}
