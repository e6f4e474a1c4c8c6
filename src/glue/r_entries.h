#ifndef LCRISK_GLUE_ENTRIES_H
#define LCRISK_GLUE_ENTRIES_H

/// Every routine R can call, with the names of its arguments. r_init.c registers
/// them; tests/testthat/test-native.R checks that R calls each with that count.

#include "r_api.h"

SEXP ffi_base_exp(SEXP x);
SEXP ffi_base_log(SEXP x);
SEXP ffi_base_logistic(SEXP log_odds);
SEXP ffi_base_processors(void);
SEXP ffi_hash_vectors(SEXP x);
SEXP ffi_base_units(SEXP n, SEXP stream, SEXP run);

SEXP ffi_additive_fit(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run);
SEXP ffi_additive_score(SEXP x, SEXP bins, SEXP tables, SEXP by_term, SEXP run);

SEXP ffi_woe_bins(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run);
SEXP ffi_woe_tally(SEXP x, SEXP event, SEXP weights, SEXP bins, SEXP run);

SEXP ffi_boost_fit(SEXP x, SEXP event, SEXP weights, SEXP row, SEXP settings, SEXP run);
SEXP ffi_boost_cross(SEXP x, SEXP event, SEXP weights, SEXP row, SEXP fold,
                     SEXP settings, SEXP run);
SEXP ffi_boost_continue(SEXP core, SEXP x, SEXP event, SEXP weights, SEXP row,
                        SEXP settings, SEXP run);
SEXP ffi_boost_score(SEXP x, SEXP bins, SEXP trees, SEXP base, SEXP run);
SEXP ffi_forest_fit(SEXP x, SEXP event, SEXP weights, SEXP row, SEXP settings, SEXP run);
SEXP ffi_forest_score(SEXP x, SEXP bins, SEXP trees, SEXP run);
SEXP ffi_csv_open(SEXP path, SEXP member, SEXP max_bytes, SEXP known);
SEXP ffi_csv_read(SEXP handle, SEXP types, SEXP status, SEXP statuses, SEXP run);
SEXP ffi_csv_column(SEXP handle, SEXP column, SEXP limit, SEXP last);
SEXP ffi_csv_close(SEXP handle);
SEXP ffi_csv_numbers(SEXP text);

SEXP ffi_fold_rank(SEXP stratum, SEXP n_strata, SEXP item, SEXP purpose, SEXP round,
                   SEXP run);

SEXP ffi_logit_fit(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run);
SEXP ffi_logit_parts(SEXP x, SEXP design, SEXP coefficient, SEXP run);
SEXP ffi_logit_score(SEXP x, SEXP design, SEXP coefficient, SEXP run);
SEXP ffi_shap_forest(SEXP x, SEXP bins, SEXP trees, SEXP interactions, SEXP run);
SEXP ffi_shap_trees(SEXP x, SEXP bins, SEXP trees, SEXP interactions, SEXP run);
SEXP ffi_versus_trees(SEXP x, SEXP reference, SEXP player, SEXP n_players, SEXP bins,
                      SEXP trees, SEXP run);
SEXP ffi_whatif_set(SEXP x, SEXP setting, SEXP feature, SEXP bins, SEXP trees, SEXP run);
SEXP ffi_whatif_swap(SEXP x, SEXP order, SEXP feature, SEXP bins, SEXP trees, SEXP run);

SEXP ffi_mlp_fit(SEXP x, SEXP event, SEXP weights, SEXP settings, SEXP run);
SEXP ffi_mlp_score(SEXP x, SEXP core, SEXP run);
SEXP ffi_mix_fit(SEXP scores, SEXP event, SEXP weights, SEXP shrink, SEXP run);
SEXP ffi_model_bytes(SEXP sections, SEXP required);
SEXP ffi_model_write(SEXP path, SEXP bytes);
SEXP ffi_model_open(SEXP source, SEXP max_bytes);
SEXP ffi_model_link(SEXP bytes, SEXP x, SEXP run);
SEXP ffi_knn_find(SEXP x, SEXP minority, SEXP base, SEXP query, SEXP k, SEXP run);
SEXP ffi_smote_draw(SEXP x, SEXP minority, SEXP settings, SEXP run);
SEXP ffi_model_prob(SEXP bytes, SEXP values, SEXP n, SEXP run);
SEXP ffi_model_columns(SEXP bytes, SEXP values, SEXP n);
SEXP ffi_model_digest(SEXP bytes);

SEXP ffi_serve_open(SEXP bytes);
SEXP ffi_serve_score(SEXP handle, SEXP body, SEXP format, SEXP max_rows);
SEXP ffi_serve_columns(SEXP handle, SEXP body, SEXP format, SEXP max_rows);
SEXP ffi_serve_key(SEXP digests, SEXP given);
SEXP ffi_serve_escape(SEXP bytes);
SEXP ffi_serve_digest(SEXP bytes);
SEXP ffi_serve_append(SEXP path, SEXP bytes, SEXP forced);
SEXP ffi_model_parse(SEXP bytes, SEXP field, SEXP text);

SEXP ffi_auc_area(SEXP score, SEXP event);
SEXP ffi_auc_compare(SEXP first, SEXP second, SEXP event);
SEXP ffi_roc_weighted(SEXP score, SEXP event, SEXP weight);
SEXP ffi_roc_points(SEXP score, SEXP event, SEXP weight);
SEXP ffi_roc_compare(SEXP first, SEXP second, SEXP event, SEXP weight);
SEXP ffi_measure_once(SEXP input);
SEXP ffi_measure_resample(SEXP input, SEXP draw, SEXP resamples, SEXP run);
SEXP ffi_choose_cutoff(SEXP input, SEXP rule, SEXP draw, SEXP resamples, SEXP run);
SEXP ffi_choose_capture(SEXP input, SEXP depth, SEXP draw, SEXP resamples, SEXP run);

// r_drift.c
SEXP ffi_drift_count(SEXP columns, SEXP cuts, SEXP period, SEXP n_periods, SEXP run);
SEXP ffi_drift_expect(SEXP prob, SEXP draws, SEXP run);

// r_money.c
SEXP ffi_money_irr(SEXP loans, SEXP run);
SEXP ffi_money_policy(SEXP loans, SEXP rankings, SEXP shares, SEXP draws, SEXP run);
SEXP ffi_money_expect(SEXP loans, SEXP terms, SEXP lgd, SEXP fee, SEXP run);

SEXP ffi_rates_confusion(SEXP prob, SEXP event, SEXP weight, SEXP cutoff);
SEXP ffi_rates_losses(SEXP prob, SEXP event, SEXP weight);
SEXP ffi_calib_fit(SEXP prob, SEXP event, SEXP weight, SEXP slope_is_one, SEXP run);
SEXP ffi_calib_bins(SEXP prob, SEXP event, SEXP weight, SEXP bins);
SEXP ffi_recal_fit(SEXP log_odds, SEXP event, SEXP weight, SEXP curve, SEXP run);
SEXP ffi_recal_steps(SEXP log_odds, SEXP event, SEXP weight);
SEXP ffi_recal_beta(SEXP log_odds, SEXP coefficient);
SEXP ffi_recal_climb(SEXP log_odds, SEXP lowest, SEXP highest, SEXP rate);
SEXP ffi_recal_logit(SEXP prob);
SEXP ffi_hash_each(SEXP x);

#endif
