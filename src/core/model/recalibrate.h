#ifndef LCRISK_MODEL_RECALIBRATE_H
#define LCRISK_MODEL_RECALIBRATE_H

#include "metric/recal.h"
#include "model/value.h"

/// One calibration of a model: a line on the log-odds, beta calibration, or steps. The
/// arrays of the steps are borrowed.
typedef struct {
  enum { CR_MAP_LINE, CR_MAP_BETA, CR_MAP_STEPS } shape;
  double coefficient[3];
  cr_recal_steps steps;
} cr_recalibration;

enum { CR_RECALIBRATIONS_MAX = 16 };

/// Reads one calibrator, a list as R keeps it. CR_EMODEL `calibration` unless its numbers
/// are finite, its steps rise and its rates lie between 0 and 1.
cr_status cr_recalibration_open(const cr_value* list, cr_recalibration* out,
                                cr_error* err);

/// Log-odds to log-odds, in place.
void cr_recalibrate(const cr_recalibration* map, double* link, size_t n);

#endif
