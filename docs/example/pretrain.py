"""A network trained elsewhere (weights.npz), and the same digits, but turned (rotated.npz).

    python docs/example/pretrain.py
"""

import numpy as np
from scipy.ndimage import rotate
from sklearn.neural_network import MLPClassifier

from pulsetrain import load_data

data = load_data("digits")
model = MLPClassifier((32,), random_state=1, batch_size=32, tol=1e-3)
model.fit(data.x_train / 255, data.y_train)
np.savez("weights.npz", weight_1=model.coefs_[0], bias_1=model.intercepts_[0],
         weight_2=model.coefs_[1], bias_2=model.intercepts_[1])


def turned(pixels):
    """Every image, turned by 30 degrees."""
    images = pixels.reshape(-1, 8, 8)
    return rotate(images, 30, axes=(1, 2), reshape=False, order=1).reshape(len(images), 64)


np.savez("rotated.npz", x_train=turned(data.x_train), y_train=data.y_train,
         x_test=turned(data.x_test), y_test=data.y_test)
