"""Trains the engine in a SoC by LiteX over LiteX's own server, and compares it with the model:

    litex_server --uart --uart-port PORT --uart-baudrate 1000000 &
    python docs/example/litex_train.py soc 20

soc is the folder that litex_soc.py wrote.
"""

import sys
from pathlib import Path

from pulsetrain import Trainer
from pulsetrain.data import load_data
from pulsetrain.golden import GoldenEngine
from pulsetrain.litex import connect, remote_engine
from pulsetrain.spec import load_config

folder, samples = Path(sys.argv[1]), int(sys.argv[2])
port = int(sys.argv[3]) if len(sys.argv) > 3 else 1234
config = load_config(str(folder / "engine"))
data = load_data("digits")
engine = remote_engine(config, connect(folder / "csr.csv", port=port))
model = GoldenEngine(config, count_cycles=True)
with Trainer(config, engine, reference=model) as trainer:
    trainer.fit(data.x_train[:samples], data.y_train[:samples])
    trainer.predict(data.x_test[:4])
    trainer.backend.read()  # compares every state
    print(f"{samples} samples learned over LiteX's RemoteClient, 4 classified: "
          f"{trainer.checked.mismatches} differences from the golden model")
    sys.exit(bool(trainer.checked.mismatches))
