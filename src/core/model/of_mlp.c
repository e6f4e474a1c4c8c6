#include "model/of_mlp.h"

#include <string.h>

#include "base/mem.h"
#include "model/views.h"
#include "net/mlp.h"

#include "base/exact.h"

typedef struct {
  cr_design design;
  cr_nodes nodes;  // borrow the design
  cr_mlp mlp;
} network;

static void close_mlp(void* state) {
  network* model = state;
  if (model == NULL) return;
  cr_mlp_free(&model->mlp);
  cr_nodes_free(&model->nodes);
  cr_free(model);
}

// Weights are floats; files and R have them as doubles.
static cr_status open_weights(const cr_value* core, network* model, cr_error* err) {
  const cr_value* hidden = cr_value_field(core, "hidden", CR_VALUE_INTEGER, -1, err);
  const cr_value* weights =
      hidden == NULL ? NULL : cr_value_field(core, "weights", CR_VALUE_NUMBER, -1, err);
  if (weights == NULL) return CR_EMODEL;
  if (hidden->n > CR_HIDDEN_MAX) {
    return cr_fail(err, CR_EMODEL, "mlp", "the network has too many layers");
  }
  cr_mlp* mlp = &model->mlp;
  mlp->n_hidden = hidden->n;
  memcpy(mlp->units, hidden->as.integer, hidden->n * sizeof *mlp->units);
  mlp->weight = cr_alloc(weights->n, sizeof *mlp->weight);
  if (mlp->weight == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  }
  for (size_t i = 0; i < weights->n; i++) {
    // a double beyond the floats has no float; what comes of it must be refused
    const double w = weights->as.number[i];
    mlp->weight[i] = w >= -3e38 && w <= 3e38 ? (float)w : (float)__builtin_nan("");
  }
  return cr_mlp_settle(mlp, &model->nodes, weights->n, err);
}

static cr_status open_mlp(const cr_value* specification, const cr_value* core,
                          const cr_frame* shape, void** state, cr_error* err) {
  cr_status status = CR_OK;
  (void)specification;
  const cr_value* list = cr_view_list(core, "design", err);
  if (list == NULL) return CR_EMODEL;
  network* model = cr_alloc_zero(1, sizeof *model);
  if (model == NULL) return cr_fail(err, CR_ENOMEM, "memory", "no memory for a scorer");
  CR_TRY(cr_view_design(list, shape, &model->design, err));
  CR_TRY(cr_nodes_make(&model->design, &model->nodes, err));
  CR_TRY(open_weights(core, model, err));
  *state = model;

done:
  if (status == CR_ELIMIT) {
    status = cr_fail(err, CR_EMODEL, "mlp", "the network has too many nodes");
  }
  if (status != CR_OK) close_mlp(model);
  return status;
}

static cr_status score_mlp(const void* state, const cr_frame* frame, const cr_run* run,
                           double* link, cr_error* err) {
  const network* model = state;
  return cr_mlp_score(&model->mlp, &model->nodes, frame, run, link, err);
}

const cr_learner cr_of_mlp = {
    .kind = "mlp", .open = open_mlp, .score = score_mlp, .close = close_mlp};
