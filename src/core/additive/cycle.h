#ifndef LCRISK_ADDITIVE_CYCLE_H
#define LCRISK_ADDITIVE_CYCLE_H

#include <stddef.h>
#include <stdint.h>

#include "additive/smooth.h"
#include "base/team.h"

/// Cyclic boosting: one small step for each term in turn, round after round, until the
/// held-out rows say stop. Nori, Jenkins, Koch and Caruana (2019), InterpretML; with
/// penalised Newton steps in place of trees (Buehlmann and Yu 2003, L2 boosting with
/// smoothers), which need a tenth of the rounds.

typedef enum {
  CR_TERM_ORDERED,  ///< codes 1 .. n_codes of a number
  CR_TERM_LEVELS,   ///< codes 1 .. n_codes of a factor
  CR_TERM_PAIR      ///< a CR_SMOOTH_GRID x CR_SMOOTH_GRID grid
} cr_term_kind;

typedef struct {
  cr_term_kind kind;
  int n_codes;                   ///< besides code 0; 0: the term stays 0
  const cr_smooth_bands* rough;  ///< of CR_TERM_ORDERED
  double stiffness;              ///< see additive/smooth.h; the ridge of a pair
  double least;   ///< a step worth less than this in log loss x 2 is not taken
  int direction;  ///< 1 or -1: its table may only rise or fall; 0: free
} cr_term;

typedef struct {
  int rounds;    ///< at least 1
  double rate;   ///< share of each step that is taken, in (0, 1]
  int patience;  ///< rounds to wait for a better held-out loss
} cr_cycle_settings;

/// Rows, compact: term t's codes at code + t * n.
typedef struct {
  size_t n;
  uint8_t* code;
  double* event;   ///< 0 or 1
  double* weight;  ///< NULL: all 1
  double* score;   ///< log-odds: a start, and with the terms' tables at the end
} cr_cycle_rows;

typedef struct {
  int best;     ///< rounds of the result: the last one when no rows are held out
  int rounds;   ///< rounds run
  double loss;  ///< mean held-out log loss of the result; NaN without held-out rows
} cr_cycle_result;

/// Room for `n` rows of `n_terms` terms; on failure nothing is allocated.
cr_status cr_cycle_make(size_t n, size_t n_terms, int weighted, cr_cycle_rows* rows,
                        cr_error* err);
void cr_cycle_free(cr_cycle_rows* rows);

/// Fits the tables of `n_terms` terms, CR_SMOOTH_CODES doubles each, to `train`; stops on
/// `held` (n may be 0). Within a round gradients follow the steps to first order, which
/// makes a step one pass over one byte column; each round starts from exact ones. One
/// thread, so sums over rows have one order. Asks the tick at every step.
cr_status cr_cycle_run(const cr_term* term, size_t n_terms,
                       const cr_cycle_settings* settings, cr_cycle_rows* train,
                       cr_cycle_rows* held, const cr_run* run, double* table,
                       cr_cycle_result* out, cr_error* err);

#endif
