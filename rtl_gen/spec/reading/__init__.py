"""Reading a device's measurement: files in many forms to readings in siemens.

`cells` reads any file as rows of cells, `columns` names the columns, `readings` makes readings of
the cells; `split` and `steps` do so for measurements without curves. `options` holds what the user
says about a file.
"""
