"""Balances with imbalanced-learn when asked over a socket, so that the data stay in memory
between runs and take turns with ours. See bench/smote.R.

usage: smote.py port file rows columns threads k SMOTE|SMOTENC levels
The file holds the columns (doubles) and the outcome (32-bit integers); `levels` are the
0-based columns of categories, with commas.
"""
import os
import resource
import socket
import sys
import time
import warnings

port, path, n, p, threads, k = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:7])
kind = sys.argv[7]
levels = [int(j) for j in sys.argv[8].split(",") if j]
os.environ["OMP_NUM_THREADS"] = str(threads)
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402  (after the number of threads)

with open(path, "rb") as file:
    x = np.ascontiguousarray(np.fromfile(file, np.float64, n * p).reshape((p, n)).T)
    y = np.fromfile(file, np.int32, n)


def scaled(table):
    deviation = table.std(axis=0)
    return (table - table.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)


def balance():
    from imblearn.over_sampling import SMOTE, SMOTENC
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=k + 1, n_jobs=threads)
    if kind == "SMOTE":
        return SMOTE(k_neighbors=near, random_state=1).fit_resample(scaled(x), y)
    numbers = [j for j in range(p) if j not in levels]
    table = x.copy()
    table[:, numbers] = scaled(table[:, numbers])
    sampler = SMOTENC(categorical_features=levels, k_neighbors=near, random_state=1)
    return sampler.fit_resample(table, y)


server = socket.create_connection(("127.0.0.1", port)).makefile("rw")
for line in server:
    if line.strip() == "version":
        try:
            import imblearn

            answer = f"imbalanced-learn {imblearn.__version__}"
        except ImportError:
            answer = "missing"
    elif line.strip() == "run":
        before = resource.getrusage(resource.RUSAGE_SELF)
        start = time.perf_counter()
        balance()
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        answer = f"{wall} {cpu}"
    else:
        break
    server.write(answer + "\n")
    server.flush()
