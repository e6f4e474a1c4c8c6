"""Trains XGBoost and scikit-learn's HGB when asked over a socket, so that their data stay
in memory between runs and take turns with ours. See bench/lib/python.R.

usage: peers.py port file rows columns test_rows threads levels
The file holds the training matrix, the test matrix (doubles, column by column), and the
outcome (32-bit integers). `levels` are the 0-based columns of categories, with commas.
"""
import os
import resource
import socket
import sys
import time

port, path, n, p, m, threads = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:7])
levels = [int(j) for j in sys.argv[7].split(",") if j]
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402  (after the number of threads)

with open(path, "rb") as file:
    x = np.fromfile(file, np.float64, n * p).reshape((p, n)).T
    test = np.fromfile(file, np.float64, m * p).reshape((p, m)).T
    y = np.fromfile(file, np.int32, n)


def xgboost(trees, leaves, bins, policy, depth=0):
    import xgboost as xgb

    kinds = ["c" if j in levels else "q" for j in range(p)]
    data = xgb.QuantileDMatrix(x, label=y, max_bin=bins, feature_types=kinds,
                               enable_categorical=True, nthread=threads)
    test_data = xgb.DMatrix(test, feature_types=kinds, enable_categorical=True)
    settings = dict(objective="binary:logistic", tree_method="hist", eta=0.1,
                    max_leaves=leaves, max_depth=depth, grow_policy=policy, max_bin=bins,
                    min_child_weight=2.0, nthread=threads, max_cat_to_onehot=4,
                    **{"lambda": 1.0})

    def train():
        return xgb.train(settings, data, trees)

    return (train, lambda model: model.predict(test_data),
            lambda model: model.predict(test_data, pred_contribs=True),
            lambda model: model.predict(test_data, output_margin=True))


def sklearn(trees, leaves, bins, policy, depth=0):
    from sklearn.ensemble import HistGradientBoostingClassifier

    def train():
        model = HistGradientBoostingClassifier(
            max_iter=trees, max_leaf_nodes=leaves, learning_rate=0.1, min_samples_leaf=20,
            l2_regularization=1.0, max_bins=min(bins, 255), early_stopping=False,
            categorical_features=levels, random_state=1, max_depth=depth or None)
        return model.fit(x, y)

    return train, lambda model: model.predict_proba(test)[:, 1]


def version(name):
    return getattr(__import__(name), "__version__")


def timed(call):
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    value = call()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return value, f"{wall} {cpu}"


server = socket.create_connection(("127.0.0.1", port)).makefile("rw")
sides = {}
for line in server:
    words = line.split()
    if words[0] == "version":
        try:
            answer = version(words[1])
        except ImportError:
            answer = "missing"
    elif words[0] == "open":  # open <name> <kind> trees leaves bins policy [depth]
        make = {"xgboost": xgboost, "sklearn": sklearn}[words[2]]
        sides[words[1]] = make(*map(int, words[3:6]), words[6], *map(int, words[7:]))
        answer = "ok"
    elif words[0] == "train":
        model, answer = timed(sides[words[1]][0])
    elif words[0] == "explain":  # the model trained last: seconds and largest error
        found, answer = timed(lambda: sides[words[1]][2](model))
        margin = sides[words[1]][3](model)
        answer += f" {np.abs(found.sum(axis=1) - margin).max()}"
    elif words[0] == "predict":  # of the model trained last, to a file
        sides[words[1]][1](model).astype(np.float64).tofile(words[2])
        answer = "ok"
    else:
        break
    server.write(answer + "\n")
    server.flush()
