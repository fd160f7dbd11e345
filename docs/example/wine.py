"""A table of measurements, wine.csv: 178 wines, 13 chemical values each, from three cultivars.

    python docs/example/wine.py
"""

import numpy as np
from sklearn.datasets import load_wine

wine = load_wine()
np.savetxt("wine.csv", np.c_[wine.data, wine.target], fmt="%g", delimiter=",", comments="",
           header=",".join([*wine.feature_names, "class"]))
