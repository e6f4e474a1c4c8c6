#include "r_entries.h"
#include "r_list.h"

#include "money/flow.h"
#include "money/hazard.h"
#include "money/policy.h"

// A list with outlay, instalment, paid, recovered and months, checked by flow_columns()
// in R/decide-returns.R.
static cr_flow_loans view_loans(SEXP loans) {
  const R_xlen_t n = Rf_xlength(r_element(loans, "outlay"));
  return (cr_flow_loans){
      .n = (size_t)n,
      .outlay = r_view_double(r_element(loans, "outlay"), n),
      .instalment = r_view_double(r_element(loans, "instalment"), n),
      .paid = r_view_double(r_element(loans, "paid"), n),
      .recovered = r_view_double(r_element(loans, "recovered"), n),
      .months = r_view_integer(r_element(loans, "months"), n),
  };
}

SEXP ffi_money_irr(SEXP loans, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const cr_flow_loans view = view_loans(loans);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)view.n));
  r_check(cr_flow_irr(&view, &settings, REAL(out), &err), &err);
  UNPROTECT(1);
  return out;
}

// NULL is "at random"; else a list: the order of the rows (from 1) and where equal ones
// end. R_alloc() memory.
static cr_policy_ranking view_ranking(SEXP ranking, size_t n) {
  if (ranking == R_NilValue) return (cr_policy_ranking){NULL, NULL};
  const int32_t* row = r_view_integer(r_element(ranking, "row"), (R_xlen_t)n);
  const int32_t* end = r_view_integer(r_element(ranking, "ends"), (R_xlen_t)n);
  uint32_t* order = (uint32_t*)(void*)R_alloc(n, sizeof *order);
  bool* ends = (bool*)(void*)R_alloc(n, sizeof *ends);
  for (size_t i = 0; i < n; i++) {
    if (row[i] < 1 || (size_t)row[i] > n) r_stop_internal("a row that is not there");
    order[i] = (uint32_t)row[i] - 1;
    ends[i] = end[i] == 1;
  }
  ends[n - 1] = true;
  return (cr_policy_ranking){order, ends};
}

// Numbers by measure, share, ranking and set of loans, the first running fastest.
SEXP ffi_money_policy(SEXP loans, SEXP rankings, SEXP shares, SEXP draws, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const cr_flow_loans view = view_loans(loans);
  const R_xlen_t n = (R_xlen_t)view.n, n_rankings = Rf_xlength(rankings);
  const R_xlen_t n_shares = Rf_xlength(shares);
  const int32_t n_draws = r_integer(draws);
  cr_policy_ranking* by =
      (cr_policy_ranking*)(void*)R_alloc((size_t)n_rankings, sizeof *by);
  for (R_xlen_t r = 0; r < n_rankings; r++) {
    by[r] = view_ranking(VECTOR_ELT(rankings, r), view.n);
  }
  const cr_policy_plan plan = {
      .loans = view,
      .bad = r_view_integer(r_element(loans, "bad"), n),
      .profit = r_view_double(r_element(loans, "profit"), n),
      .ranking = by,
      .n_rankings = (size_t)n_rankings,
      .share = r_view_double(shares, n_shares),
      .n_shares = (size_t)n_shares,
  };
  SEXP out = PROTECT(Rf_allocVector(
      REALSXP, ((R_xlen_t)n_draws + 1) * n_rankings * n_shares * CR_POLICIES));
  r_check(cr_policy_run(&plan, (size_t)n_draws, &settings, REAL(out), &err), &err);
  UNPROTECT(1);
  return out;
}

// A list of lists with `fails` and `repays`, one for each term; R_alloc() memory.
static cr_hazard_term* view_terms(SEXP terms) {
  const R_xlen_t n = Rf_xlength(terms);
  cr_hazard_term* out = (cr_hazard_term*)(void*)R_alloc((size_t)n + 1, sizeof *out);
  for (R_xlen_t k = 0; k < n; k++) {
    SEXP fails = r_element(VECTOR_ELT(terms, k), "fails");
    const R_xlen_t months = Rf_xlength(fails);
    out[k] = (cr_hazard_term){
        (size_t)months, r_view_double(fails, months),
        r_view_double(r_element(VECTOR_ELT(terms, k), "repays"), months)};
  }
  return out;
}

// A matrix: a column per loan; rows as in cr_hazard_expect(). `term` counts from 0.
SEXP ffi_money_expect(SEXP loans, SEXP terms, SEXP lgd, SEXP fee, SEXP run) {
  cr_error err;
  r_ticker ticker;
  const cr_run settings = r_run(run, &ticker);
  const R_xlen_t n = Rf_xlength(r_element(loans, "amount"));
  const cr_hazard_loans view = {
      .n = (size_t)n,
      .amount = r_view_double(r_element(loans, "amount"), n),
      .instalment = r_view_double(r_element(loans, "instalment"), n),
      .rate = r_view_double(r_element(loans, "rate"), n),
      .term = r_view_integer(r_element(loans, "term"), n),
      .pd = r_view_double(r_element(loans, "pd"), n),
  };
  const cr_hazard_term* months = view_terms(terms);
  const cr_hazard_costs costs = {r_number(lgd), r_number(fee)};
  for (R_xlen_t i = 0; i < n; i++) {
    if (view.term[i] < 0 || view.term[i] >= Rf_xlength(terms)) {
      r_stop_internal("a term that is not there");
    }
  }
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, CR_HAZARDS, (int)n));
  r_check(cr_hazard_expect(&view, months, (size_t)Rf_xlength(terms), &costs, &settings,
                           REAL(out), &err),
          &err);
  UNPROTECT(1);
  return out;
}
