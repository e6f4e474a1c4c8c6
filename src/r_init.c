// Here and not in glue/: R wants at least one source at the top of src/.

#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>

#include "r_entries.h"

#define ENTRY(name, n_arguments) \
  { #name, (DL_FUNC)&name, n_arguments }

// clang-format off
static const R_CallMethodDef entries[] = {
    ENTRY(ffi_base_exp, 1),
    ENTRY(ffi_base_log, 1),
    ENTRY(ffi_base_logistic, 1),
    ENTRY(ffi_base_processors, 0),
    ENTRY(ffi_hash_vectors, 1),
    ENTRY(ffi_base_units, 3),
    ENTRY(ffi_additive_fit, 5),
    ENTRY(ffi_additive_score, 5),
    ENTRY(ffi_woe_bins, 5),
    ENTRY(ffi_woe_tally, 5),
    ENTRY(ffi_boost_fit, 6),
    ENTRY(ffi_boost_cross, 7),
    ENTRY(ffi_boost_continue, 7),
    ENTRY(ffi_boost_score, 5),
    ENTRY(ffi_forest_fit, 6),
    ENTRY(ffi_forest_score, 4),
    ENTRY(ffi_logit_fit, 5),
    ENTRY(ffi_logit_parts, 4),
    ENTRY(ffi_logit_score, 4),
    ENTRY(ffi_mlp_fit, 5),
    ENTRY(ffi_mlp_score, 3),
    ENTRY(ffi_mix_fit, 5),
    ENTRY(ffi_shap_forest, 5),
    ENTRY(ffi_shap_trees, 5),
    ENTRY(ffi_versus_trees, 7),
    ENTRY(ffi_whatif_set, 6),
    ENTRY(ffi_whatif_swap, 6),
    ENTRY(ffi_model_bytes, 2),
    ENTRY(ffi_model_write, 2),
    ENTRY(ffi_model_open, 2),
    ENTRY(ffi_model_link, 3),
    ENTRY(ffi_knn_find, 6),
    ENTRY(ffi_smote_draw, 4),
    ENTRY(ffi_model_prob, 4),
    ENTRY(ffi_model_columns, 3),
    ENTRY(ffi_model_parse, 3),
    ENTRY(ffi_model_digest, 1),
    ENTRY(ffi_serve_open, 1),
    ENTRY(ffi_serve_score, 4),
    ENTRY(ffi_serve_columns, 4),
    ENTRY(ffi_serve_key, 2),
    ENTRY(ffi_serve_escape, 1),
    ENTRY(ffi_serve_digest, 1),
    ENTRY(ffi_serve_append, 3),
    ENTRY(ffi_auc_area, 2),
    ENTRY(ffi_auc_compare, 3),
    ENTRY(ffi_roc_weighted, 3),
    ENTRY(ffi_roc_points, 3),
    ENTRY(ffi_roc_compare, 4),
    ENTRY(ffi_measure_once, 1),
    ENTRY(ffi_measure_resample, 4),
    ENTRY(ffi_choose_cutoff, 5),
    ENTRY(ffi_choose_capture, 5),
    ENTRY(ffi_drift_count, 5),
    ENTRY(ffi_drift_expect, 3),
    ENTRY(ffi_money_irr, 2),
    ENTRY(ffi_money_policy, 5),
    ENTRY(ffi_money_expect, 5),
    ENTRY(ffi_rates_confusion, 4),
    ENTRY(ffi_rates_losses, 3),
    ENTRY(ffi_calib_fit, 5),
    ENTRY(ffi_calib_bins, 4),
    ENTRY(ffi_recal_fit, 5),
    ENTRY(ffi_recal_steps, 3),
    ENTRY(ffi_recal_beta, 2),
    ENTRY(ffi_recal_climb, 4),
    ENTRY(ffi_recal_logit, 1),
    ENTRY(ffi_hash_each, 1),
    ENTRY(ffi_csv_open, 4),
    ENTRY(ffi_csv_read, 5),
    ENTRY(ffi_csv_column, 4),
    ENTRY(ffi_csv_close, 1),
    ENTRY(ffi_csv_numbers, 1),
    ENTRY(ffi_fold_rank, 6),
    {NULL, NULL, 0},
};
// clang-format on

void attribute_visible R_init_lcrisk(DllInfo* dll);

void R_init_lcrisk(DllInfo* dll) {
  R_registerRoutines(dll, NULL, entries, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
}
