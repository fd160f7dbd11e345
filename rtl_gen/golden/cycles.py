def cycles_of(config, trace): return 0,0
