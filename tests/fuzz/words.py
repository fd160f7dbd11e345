"""Words of the formats."""

KEYS = (
    "name", "seed", "network", "network.inputs", "network.hidden", "network.outputs",
    "network.activation", "numbers.activation_bits", "numbers.error_bits", "numbers.forward_shift",
    "numbers.backward_shift", "numbers.margin", "device", "device.kind", "device.levels",
    "device.substates", "device.conductance_bits", "device.on_off_ratio", "device.potentiation",
    "device.potentiation.u", "device.depression", "device.depression.nl", "device.ltp",
    "device.ltd", "device.ltd_range", "device.cycle_noise", "device.cycle_sigma",
    "device.g_max_siemens", "device.preset", "device.file", "variation.classes", "variation.step",
    "variation.range", "variation.up_down", "variation.bend", "variation.stuck_low",
    "variation.stuck_high", "variation.seed", "update.method", "update.row_threshold",
    "update.delta_threshold", "update.refresh_state", "update.refresh_swaps",
    "update.refresh_sigma", "update.pulse_probability", "update.pulse_decay", "engine.lanes",
    "engine.input", "engine.memory", "engine.bank_rows", "training.epochs", "training.data",
    "training.scaling", "training.scaling.columns", "training.scaling.low", "training.scaling.high",
    "training.scaling.labels")
"""Keys of configurations."""

NAMES = (*dict.fromkeys(word for key in KEYS for word in key.split(".")), "__class__",
         "model_config", "linear", "exponential", "measured", "hzo-fefet", "narrow.csv")
"""Values of configurations."""

POINTS_WORDS = ("ltp", "ltd", "curve", "pulse", "conductance_uS", "g_S", "ltp_nS", "ltd_nS", "uS",
                "1e-6", "12", "4095", "4096", "G (S)", "I_nA", "R [kohm]", "#", "N", "set", "reset",
                "up", "cycle", "device", "LTP1_uS", "dG_uS", "NaN", "1,5")
TABLE_WORDS = ("class", "label", "a", "x", "1e300", "-1e308", "1e308", "1,5", ";", "\t", "4097")
SWEEP_WORDS = ("case", "model", "float", "pulse", "seed", "seeds", "epochs", "data", "accuracy",
               "accuracy_by_epoch", "pulses", "digest", "version", "grid", "set", "config", "one",
               "device.levels", "digits")
BUILD_WORDS = ("board", "bitstream", "digest", "clocks", "achieved_mhz", "icebreaker", "../x.bin")
