#ifndef LCRISK_MODEL_CONTRACT_H
#define LCRISK_MODEL_CONTRACT_H

#include "data/frame.h"
#include "model/value.h"

/// The columns a model takes, as its section `columns` says: what learn_blueprint() of R
/// learned from the training rows.
typedef enum {
  CR_KIND_NUMBER,
  CR_KIND_FLAG,
  CR_KIND_DATE,
  CR_KIND_LEVEL,
  CR_KIND_ORDERED
} cr_kind;

/// Names stand in the strict order of their bytes. Texts borrow from the section.
typedef struct {
  size_t n_features;
  cr_texts name;
  cr_kind* kind;
  cr_texts* level;         ///< labels of the features of kind level and ordered
  cr_column* shape;        ///< columns without rows: double, or level with `n_levels`
  const double* range[6];  ///< by feature, see CR_RANGE_MIN ...
  bool infinite_is_missing;
} cr_contract;

enum {
  CR_RANGE_MIN,
  CR_RANGE_LOW,
  CR_RANGE_HIGH,
  CR_RANGE_MAX,
  CR_RANGE_MISSING,
  CR_RANGE_TYPICAL
};

/// Reads and checks the section; `contract` must be zeroed before and freed after.
/// CR_EMODEL `contract` for names that repeat or do not ascend, unknown kinds, levels
/// missing, ranges out of order.
cr_status cr_contract_open(const cr_value* section, cr_contract* contract, cr_error* err);

void cr_contract_free(cr_contract* contract);

/// The place of the feature of that name; n_features when there is none.
size_t cr_contract_find(const cr_contract* contract, const char* name, size_t n);

#endif
