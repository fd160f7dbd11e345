"""Data sets: their sources, and all ways in which their files can be wrong."""

import gzip
import struct
import zipfile
from math import prod

import numpy as np
import pytest
from small import small_config, small_data

from pulsetrain.data import (
    Archive,
    DataError,
    DataSet,
    absolute_name,
    check_fits,
    data_files,
    load_data,
)
from pulsetrain.data import archive as archive_module
from pulsetrain.data.samples import MOST_SAMPLES
from pulsetrain.data.table import load_table
from pulsetrain.face.description import describe_data
from pulsetrain.face.inputs import data_for
from pulsetrain.spec import ConfigError, Scaling, load_config
from pulsetrain.spec.load import config_from_mapping

IMAGES, LABELS = 0x803, 0x801


def idx(magic, shape, content):
    return struct.pack(f">I{len(shape)}I", magic, *shape) + bytes(content)


def write_mnist(folder, *, spelling="-", compressed=False, train=5, test=3):
    """Write a folder of 2x3 images; returns the pixels and labels to train on."""
    random = np.random.default_rng(1)
    folder.mkdir(exist_ok=True)
    made = []
    for prefix, count in (("train", train), ("t10k", test)):
        images = random.integers(0, 256, (count, 2, 3)).astype(np.uint8)
        labels = random.integers(0, 10, count).astype(np.uint8)
        for kind, content in (("images", idx(IMAGES, images.shape, images.tobytes())),
                              ("labels", idx(LABELS, labels.shape, labels.tobytes()))):
            name = f"{prefix}-{kind}{spelling}idx{3 if kind == 'images' else 1}-ubyte"
            if compressed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        made += [images, labels]
    return made


def test_digits_are_the_embedded_ones():
    data = load_data("digits")
    assert data.x_train.shape == (1437, 64)
    assert data.x_test.shape == (360, 64)
    assert data.x_train.dtype == np.uint8
    assert data.y_train.dtype == np.int64
    assert data.x_train.max() == 255
    assert set(np.unique(data.x_train)) <= {*range(0, 256, 16), 255}
    assert data.classes == 10
    assert not data.x_train.flags.writeable
    # The order in docs/reference/contract.md, section 16.
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(1797)
    assert (np.concatenate([data.y_train, data.y_test]) == labels[order]).all()
    assert (np.concatenate([data.x_train, data.x_test])
            == np.minimum(16 * pixels[order], 255)).all()


def test_digits_without_scikit_learn_are_named(monkeypatch):
    monkeypatch.setattr("pulsetrain.data.load.find_spec", lambda name: None)
    with pytest.raises(DataError, match="digits: scikit-learn, which contains them, is not"):
        load_data("digits")


@pytest.mark.parametrize("spelling", ["-", "."])
@pytest.mark.parametrize("compressed", [False, True])
def test_mnist_in_all_its_spellings(tmp_path, spelling, compressed):
    images, labels, test_images, _ = write_mnist(tmp_path, spelling=spelling,
                                                 compressed=compressed)
    data = load_data(f"mnist:{tmp_path}")
    assert data.x_train.tolist() == images.reshape(5, 6).tolist()
    assert data.x_test.tolist() == test_images.reshape(3, 6).tolist()
    assert data.y_train.tolist() == labels.tolist()


@pytest.mark.parametrize("name", ["mnist", "mnist:", "npz:", "npz", "idx", "csv:"])
def test_a_name_without_a_path_is_refused_with_its_form(name):
    with pytest.raises(DataError, match=r"data must be given as (\w+:FOLDER|\w+:FILE), not"):
        load_data(name)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(DataError, match=r"data must be digits, mnist:FOLDER, idx:FOLDER, csv:FILE "
                                        r"or npz:FILE, not 'x'"):
        load_data("x")


def test_a_folder_without_mnist_is_refused_with_the_expected_files(tmp_path):
    with pytest.raises(DataError, match=r"holds no MNIST: none of train-images-idx3-ubyte, "
                                        r"train-images-idx3-ubyte\.gz, train-images\.idx3-ubyte, "
                                        r"train-images\.idx3-ubyte\.gz"):
        load_data(f"mnist:{tmp_path}")
    with pytest.raises(DataError, match="there is no folder"):
        load_data(f"mnist:{tmp_path / 'missing'}")


@pytest.mark.parametrize("file", ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
@pytest.mark.parametrize(("damage", "message"), [
    (lambda content: content[:-1], r"is truncated: \d+ bytes, but its header announces \d+"),
    (lambda content: content[:6], r"is truncated: 6 bytes end within its header"),
    (lambda content: b"", r"must begin with the magic number .*, not nothing"),
    (lambda content: content + b"\0", r"has too many bytes"),
    (lambda content: b"\0\0\x0d" + content[3:], r"must begin with the magic number 000008"),
    (lambda content: b"\x1f\x8b" + content[2:], r"must begin with the magic number 000008"),
])
def test_a_damaged_file_is_named(tmp_path, file, damage, message):
    write_mnist(tmp_path)
    path = tmp_path / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=message) as info:
        load_data(f"mnist:{tmp_path}")
    assert file in str(info.value)


@pytest.mark.parametrize("damage", [lambda content: content[:-9], lambda content: b"no gzip",
                                    lambda content: content[:20] + b"xx" + content[22:]])
def test_a_damaged_gzip_is_named(tmp_path, damage):
    write_mnist(tmp_path, compressed=True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: cannot be read"):
        load_data(f"mnist:{tmp_path}")


def test_there_must_be_as_many_images_as_labels(tmp_path):
    write_mnist(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS, (4,), [0, 1, 2, 3]))
    with pytest.raises(DataError, match="5 images but 4 labels to train"):
        load_data(f"mnist:{tmp_path}")


@pytest.mark.parametrize(("file", "kind", "shape"), [
    ("train-images-idx3-ubyte", IMAGES, (2**16, 2**15, 1)),
    ("t10k-labels-idx1-ubyte", LABELS, (2**32 - 1,))])
@pytest.mark.parametrize("compressed", [False, True])
def test_headers_that_announce_too_much_are_refused(tmp_path, file, kind, shape, compressed):
    write_mnist(tmp_path, compressed=compressed)
    content = idx(kind, shape, [0] * 100)
    ending = ".gz" if compressed else ""
    (tmp_path / f"{file}{ending}").write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DataError, match=rf"{file}{ending}: must hold at most [\d,]+ bytes of data, "
                                        rf"but its header announces {prod(shape):,}"):
        load_data(f"mnist:{tmp_path}")


def test_content_after_the_data_is_not_unpacked(tmp_path):
    write_mnist(tmp_path, compressed=True)
    file = tmp_path / "train-labels-idx1-ubyte.gz"
    file.write_bytes(file.read_bytes() + gzip.compress(bytes(100)) + b"no gzip")
    with pytest.raises(DataError, match=r"labels-idx1-ubyte\.gz: has too many bytes"):
        load_data(f"mnist:{tmp_path}")


def arrays(**changes):
    return {"x_train": np.zeros((4, 2, 3), np.uint8), "y_train": np.arange(4, dtype=np.uint8),
            "x_test": np.zeros((2, 2, 3), np.uint8), "y_test": np.arange(2), **changes}


def test_npz_samples_are_flattened(tmp_path):
    x = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    np.savez(tmp_path / "a.npz", **arrays(x_train=x))
    data = load_data(f"npz:{tmp_path / 'a.npz'}")
    assert data.x_train.tolist() == x.reshape(4, 6).tolist()
    assert data.y_train.tolist() == [0, 1, 2, 3]
    assert data.inputs == 6


@pytest.mark.parametrize(("changes", "message"), [
    ({"x_train": np.full((4, 6), np.nan)},
     r"x_train must hold uint8 \(0\.\.255\), not float64$"),
    ({"x_test": np.zeros((2, 6), np.int16)}, r"x_test must hold uint8 \(0\.\.255\), not int16$"),
    ({"y_train": np.zeros(4)}, r"y_train must hold integers, not float64$"),
    ({"y_train": np.zeros((4, 1), np.uint8)}, r"y_train must have the shape \(n,\), not \(4, 1\)"),
    ({"x_train": np.zeros(4, np.uint8)}, r"x_train must have the shape \(n, inputs\)"),
    ({"y_train": np.zeros(3, np.uint8)}, r"4 images but 3 labels to train"),
    ({"y_test": np.array([0, -1])}, r"y_test holds the negative label -1"),
    ({"x_test": np.zeros((2, 5), np.uint8)}, r"train on have 6 inputs, samples to test on 5"),
    ({"x_train": np.zeros((0, 6), np.uint8), "y_train": np.zeros(0, np.uint8)},
     r"there is no sample to train on"),
])
def test_an_npz_with_wrong_arrays_is_refused(tmp_path, changes, message):
    np.savez(tmp_path / "a.npz", **arrays(**changes))
    with pytest.raises(DataError, match=message):
        load_data(f"npz:{tmp_path / 'a.npz'}")


def test_an_npz_that_lacks_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=np.zeros((1, 1), np.uint8), more=1)
    with pytest.raises(DataError, match=r"is missing y_train, x_test, y_test \(it holds x_train"):
        load_data(f"npz:{tmp_path / 'a.npz'}")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_a_file_that_is_not_an_npz_is_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"is not a complete \.npz archive"):
        load_data(f"npz:{tmp_path / 'a.npz'}")
    with pytest.raises(DataError, match=r"missing\.npz: there is no such \.npz archive"):
        load_data(f"npz:{tmp_path / 'missing.npz'}")


def test_an_array_is_unpacked_when_it_is_asked_for(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", x_train=np.zeros((1000, 1000)), y_train=np.arange(3))
    unpacked = []
    unpack = archive_module._array
    monkeypatch.setattr(archive_module, "_array", lambda archive, member, form: (
        unpacked.append(member.filename), unpack(archive, member, form))[1])
    archive = Archive(tmp_path / "a.npz", "archive", DataError)
    assert "x_train" in archive
    assert archive.forms["x_train"].shape == (1000, 1000)
    assert unpacked == []
    assert archive["y_train"].tolist() == [0, 1, 2]
    assert unpacked == ["y_train.npy"]


@pytest.mark.parametrize("shape", ["(2L, 3L)", "(2, 3 if 1else 3)"])
def test_a_header_is_read_without_a_warning(tmp_path, shape):
    """Python 2 wrote such numbers; the other shape is not valid."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    begin = b"\x93NUMPY\1\0" + struct.pack("<H", len(header))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("a.npy", begin + header + bytes(6))
    if "L" in shape:
        assert Archive(tmp_path / "a.npz", "archive", DataError)["a"].shape == (2, 3)
    else:
        with pytest.raises(DataError, match=r"'a\.npy' has a header that cannot be read"):
            Archive(tmp_path / "a.npz", "archive", DataError)


def test_an_archive_of_too_many_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", **{f"a{number}": 0 for number in range(1001)})
    with pytest.raises(DataError, match=r"is not a complete \.npz archive: it must hold at most"):
        load_data(f"npz:{tmp_path / 'a.npz'}")


def test_labels_of_too_many_samples_are_not_widened(tmp_path):
    count = MOST_SAMPLES + 1
    np.savez_compressed(tmp_path / "a.npz", **arrays(
        x_train=np.zeros((count, 1), np.uint8), y_train=np.zeros(count, np.uint8)))
    with pytest.raises(DataError, match=r"at most 10,000,000 samples to train, not 10,000,001"):
        load_data(f"npz:{tmp_path / 'a.npz'}")


def test_a_single_array_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(DataError, match=r"is not a complete \.npz archive: File is not a zip"):
        load_data(f"npz:{tmp_path / 'a.npy'}")


def test_split_holds_out_the_last_samples():
    data = small_data(small_config())
    learning, validation = data.split(10)
    assert learning.x_train.tolist() == validation.x_train.tolist() == data.x_train[:30].tolist()
    assert learning.x_test.tolist() == data.x_test.tolist()
    assert validation.x_test.tolist() == data.x_train[30:].tolist()
    assert validation.y_test.tolist() == data.y_train[30:].tolist()
    assert len(data.split(0)[1].x_test) == 0


@pytest.mark.parametrize("validation", [-1, 40, 41])
def test_split_must_leave_samples(validation):
    with pytest.raises(DataError, match=rf"must be in 0\.\.39 .*, not {validation}"):
        small_data(small_config()).split(validation)


def test_data_must_fit_the_network():
    digits = load_data("digits")
    check_fits(digits, load_config("digits"))
    with pytest.raises(DataError, match=r"samples have 64 inputs, but the network 'mnist' has 784; "
                                        r".* --set network\.inputs=64"):
        check_fits(digits, load_config("mnist"))
    with pytest.raises(DataError, match=r"largest label is 9, but the network 'digits' has 9 "
                                        r"outputs .*--set network\.outputs=10"):
        check_fits(digits, load_config("digits", settings=["network.outputs=9"]))


def test_a_data_set_checks_its_types():
    x, y = np.zeros((2, 3), np.uint8), np.zeros(2, np.int64)
    with pytest.raises(DataError, match="x_train must be uint8 of shape"):
        DataSet(name="a", x_train=x.astype(np.int64), y_train=y, x_test=x, y_test=y)
    with pytest.raises(DataError, match="y_test must be int64 of shape"):
        DataSet(name="a", x_train=x, y_train=y, x_test=x, y_test=y.astype(np.int8))


# Other IDX files --------------------------------------------------------------------------------


def write_idx(folder, prefix, test="test", *, dimensions=3, count=4, ending=""):
    """A set of IDX files of one value each, named as EMNIST names its own."""
    folder.mkdir(exist_ok=True)
    for part, value in (("train", 1), (test, 2)):
        shape = (count, 2, 3)[:dimensions]
        for kind, content in (
                (f"images-idx{dimensions}", idx(0x800 + dimensions, shape,
                                                  [value] * prod(shape))),
                ("labels-idx1", idx(LABELS, (count,), [value] * count))):
            packed = gzip.compress(content) if ending else content
            (folder / f"{prefix}{part}-{kind}-ubyte{ending}").write_bytes(packed)


@pytest.mark.parametrize(("prefix", "test", "dimensions", "ending"), [
    ("", "t10k", 3, ".gz"), ("emnist-letters-", "test", 3, ".gz"), ("Small_", "test", 2, "")])
def test_idx_files_of_any_names(tmp_path, prefix, test, dimensions, ending):
    write_idx(tmp_path, prefix, test, dimensions=dimensions, ending=ending)
    (tmp_path / "notes.txt").write_text("other files do not matter")
    data = load_data(f"idx:{tmp_path}")
    assert data.x_train.shape == (4, 6 if dimensions == 3 else 2)
    assert (data.x_train == 1).all()
    assert (data.x_test == 2).all()
    assert data.y_train.tolist() == [1] * 4
    assert data.classes == 3
    assert len(data_files(f"idx:{tmp_path}")) == 4


def test_one_of_several_idx_sets_is_chosen_by_the_beginning_of_its_names(tmp_path):
    for number, prefix in enumerate(("emnist-letters-", "emnist-letters2-", "emnist-digits-"), 4):
        write_idx(tmp_path, prefix, count=number)
    with pytest.raises(DataError, match=r"holds 3 data sets; choose one with idx:.*/NAME, such as "
                                        r"emnist-digits, emnist-letters, emnist-letters2"):
        load_data(f"idx:{tmp_path}")
    assert len(load_data(f"idx:{tmp_path}/emnist-letters").x_train) == 4
    assert len(load_data(f"idx:{tmp_path}/emnist-d").x_train) == 6
    with pytest.raises(DataError, match=r"holds no complete data set whose files begin with 'let"):
        load_data(f"idx:{tmp_path}/letters")


def test_an_incomplete_idx_set_is_refused_with_the_expected_names(tmp_path):
    write_idx(tmp_path, "")
    (tmp_path / "test-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"holds no complete data set: .* named like train-images"):
        load_data(f"idx:{tmp_path}")
    with pytest.raises(DataError, match="there is no folder"):
        load_data(f"idx:{tmp_path}/a/b")
    write_idx(tmp_path, "")
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"")
    with pytest.raises(DataError, match="must begin with the magic number 00000803"):
        load_data(f"idx:{tmp_path}")


# Tables -----------------------------------------------------------------------------------------

FLOWERS = """length,width,kind
1.0,10,red
2.0,20,blue
3.0,30,red
5.0,10,blue
2.5,15,red
1.5,12,blue
"""


def table(folder, text=FLOWERS, name="a.csv"):
    (folder / name).write_text(text)
    return f"csv:{folder / name}#label=kind"


def test_a_table_is_scaled_by_the_samples_to_train_on(tmp_path):
    rows = "\n".join(f"{value},7,{'even' if value < 50 else 'odd'}" for value in range(100))
    (tmp_path / "a.csv").write_text(f"v,same,kind\n{rows}\n")
    data, scaling = load_table("a", str(tmp_path / "a.csv#label=kind"))
    assert (len(data.x_train), len(data.x_test), data.classes) == (80, 20, 2)
    assert np.bincount(data.y_test).tolist() == [10, 10]
    assert scaling.labels == ("even", "odd")
    assert scaling.columns == ("v", "same")
    low, high = scaling.low[0], scaling.high[0]
    values = np.concatenate([data.x_train[:, 0], data.x_test[:, 0]])
    expected = {int(np.floor(255 * (min(max(value, low), high) - low) / (high - low) + 0.5))
                for value in range(100)}
    assert {*values.tolist()} == expected
    assert data.x_train[:, 0].min() == 0
    assert data.x_train[:, 0].max() == 255
    assert (data.x_train[:, 1] == 0).all()  # a column of one value
    # The samples to train on are shuffled: the last ones, which are held out, have both classes.
    assert {*data.split(10)[1].y_test.tolist()} == {0, 1}
    again = load_data(f"csv:{tmp_path / 'a.csv'}#label=kind")
    assert again.x_train.tolist() == data.x_train.tolist()


def test_a_kept_scaling_applies_to_other_tables(tmp_path):
    scaling = Scaling(columns=("width", "length"), low=(10, 0), high=(20, 10),
                      labels=("blue", "green", "red"))
    data = load_data(table(tmp_path) + "&test=0", scaling)
    assert {tuple(row) for row in data.x_train.tolist()} == {
        (0, 26), (255, 51), (255, 77), (0, 128), (128, 64), (51, 38)}
    assert {*data.y_train.tolist()} == {0, 2}
    assert len(data.x_test) == 0
    with pytest.raises(DataError, match=r"line 3: the label must be one of red, not 'blue'"):
        load_data(table(tmp_path), scaling.model_copy(update={"labels": ("red",)}))


@pytest.mark.parametrize(("change", "separator"), [
    (str, ","), (lambda text: text.replace(",", ";"), ";"),
    (lambda text: text.replace(",", "\t"), "\t"),
    (lambda text: text.replace(",", ";").replace(".", ","), ";"),
    (lambda text: "\ufeff" + text.replace("\n", "\r\n\r\n"), ","),
    (lambda text: text.replace("red", '"red"'), ",")])
def test_spellings_of_a_table(tmp_path, change, separator):
    plain = load_data(table(tmp_path))
    data = load_data(table(tmp_path, change(FLOWERS)))
    assert data.x_train.tolist() == plain.x_train.tolist()
    assert data.y_train.tolist() == plain.y_train.tolist()


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_encodings_of_a_table(tmp_path, encoding):
    (tmp_path / "a.csv").write_bytes("Länge,class\n1,grün\n2,rot\n".encode(encoding))
    assert load_table("a", str(tmp_path / "a.csv"))[1].labels == ("grün", "rot")


def test_labels_are_numbers_in_their_order_or_texts(tmp_path):
    def labels(*texts):
        rows = "\n".join(f"{number},{text}" for number, text in enumerate(texts))
        (tmp_path / "a.csv").write_text(f"v,class\n{rows}\n")
        return load_table("a", str(tmp_path / "a.csv"))[1].labels

    assert labels("10", "9", "2.0", "2") == ("2", "9", "10")
    assert labels("b", "10", "a") == ("10", "a", "b")


def test_the_rows_to_test_are_a_column_or_another_file(tmp_path):
    text = "v,kind,part\n1,a,train\n9,b,Test\n3,a,train\n4,b,train\n"
    data = load_data(table(tmp_path, text) + "&split=part")
    assert sorted(data.x_train[:, 0].tolist()) == [0, 170, 255]
    assert data.y_test.tolist() == [1]
    assert data.x_test.tolist() == [[255]]  # 9 is beyond the values of the samples to train on
    table(tmp_path, "kind,v,more\nb,2,x\nc,9,y\n", "b.csv")
    name = table(tmp_path, "v,kind\n1,a\n3,b\n") + f"&test={tmp_path / 'b.csv'}"
    data = load_data(name)
    assert data.x_test.tolist() == [[128], [255]]
    assert data.y_test.tolist() == [1, 2]
    assert data_files(name) == [tmp_path / "a.csv", tmp_path / "b.csv"]


@pytest.mark.parametrize(("text", "options", "message"), [
    (FLOWERS.replace("20", "x"), "", r"a\.csv: line 3, column 'width': must be a finite number"),
    (FLOWERS.replace("20", "x"), "", "not 'x'; #ignore=NAME leaves a column out"),
    (FLOWERS.replace("20", ""), "", "line 3, column 'width': must be a finite number, not ''"),
    (FLOWERS.replace("20", "nan"), "", "column 'width': must be a finite number, not 'nan'"),
    (FLOWERS.replace("20,", ""), "", "line 3: must have 3 cells, as the first line, not 2"),
    (FLOWERS.replace("blue", "", 1), "", "line 3, column 'kind': the label is missing"),
    (FLOWERS, "&ignore=colour", "has no column 'colour'; the columns are length, width, kind"),
    (FLOWERS, "&ignore=width&ignore=length", "the inputs must be columns other than the label"),
    (FLOWERS, "&ignore=kind", None),
    (FLOWERS, "&test=1.5", "test must be a share in 0..1, less than 1, or the name of a file"),
    (FLOWERS, "&test=", "after # there must be options, .* not 'test='"),
    (FLOWERS, "&color=3", "possible are label, ignore, test, split, not 'color=3'"),
    (FLOWERS, "&label=kind", "each at most once except ignore"),
    (FLOWERS, "&split=kind", "line 2: the column split must hold train or test, not 'red'"),
    (FLOWERS, "&split=width", "line 2: the column split must hold train or test, not '10'"),
    (FLOWERS, "&split=width&test=0.5", "give test or split, not both"),
    (FLOWERS, "&test=none.csv", r"none\.csv: there is no such table in CSV format"),
    ("kind\nred\n", "", "must name at least two columns"),
    ("length,width,kind\n", "", "there must be rows below the first line"),
    ("", "", "must name at least two columns, .* not none"),
    ("1,2,3\n4,5,6\n", "", "must name the columns, but it holds the numbers 1, 2, 3"),
    ("kind,a,a\nx,1,2\n", "", "names the column 'a' twice"),
    ('kind,a\nx,"1\n', "", "is not valid CSV"),
    ("kind,a\n" + "\n".join(f"k{number},1" for number in range(5000)), "",
     "at most 4,096 different labels, not 5,000: is it the right column"),
])
def test_a_table_that_cannot_be_used_is_refused(tmp_path, monkeypatch, text, options, message):
    monkeypatch.chdir(tmp_path)
    name = table(tmp_path, text) + options
    if message is None:
        load_data(name)
    else:
        with pytest.raises(DataError, match=message):
            load_data(name)


def test_a_table_without_a_label_says_how_to_name_it(tmp_path):
    (tmp_path / "a.csv").write_text(FLOWERS)
    with pytest.raises(DataError, match=r"none of its columns is called label, class, target, .*; "
                                        r"say which holds the label with csv:FILE#label=NAME"):
        load_data(f"csv:{tmp_path / 'a.csv'}")


def test_a_name_with_absolute_paths_is_the_same_data_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table(tmp_path, "v,kind,id\n1,a,x\n3,b,y\n2,a,z\n")
    table(tmp_path, "v,kind\n1,a\n", "b.csv")
    write_mnist(tmp_path / "mnist")
    names = ["csv:a.csv#label=kind&ignore=id&test=b.csv", "csv:a.csv#label=kind&ignore=id",
             "mnist:mnist", "idx:mnist", "digits"]
    before = [load_data(name) for name in names]
    absolute = [absolute_name(name) for name in names]
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    for data, name in zip(before, absolute, strict=True):
        assert load_data(name).x_train.tolist() == data.x_train.tolist()


def test_what_a_table_needs_is_said_by_the_configuration(tmp_path):
    data = load_data(table(tmp_path))
    with pytest.raises(DataError, match=r"samples have 2 inputs, .* --set network\.inputs=2"):
        check_fits(data, load_config("digits"))


def test_the_configuration_that_the_command_writes_keeps_the_scaling(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = FLOWERS.replace("length", 'le"n\\gth \u00e9').replace("kind", "class")
    (tmp_path / "a.csv").write_text(text.replace('le"n', '"le""n').replace("\u00e9,", '\u00e9",'))
    described = describe_data("csv:a.csv")
    (tmp_path / "a.toml").write_text(described.configuration("a"))
    config = load_config("a.toml")
    assert config.training.scaling == described.scaling
    assert config.training.scaling.columns == ('le"n\\gth \u00e9', "width")
    assert (config.network.inputs, config.network.outputs) == (2, 2)
    assert described.counts == [("blue", 2, 1), ("red", 2, 1)]
    # Other values in the file do not change how it is scaled.
    before = data_for(config, None)
    with (tmp_path / "a.csv").open("a") as file:
        file.write("1000,1000,red\n" * 3)
    after = data_for(config, None)

    def rows(data):
        return {tuple(row) for row in (*data.x_train.tolist(), *data.x_test.tolist())}

    assert rows(after) == rows(before) | {(255, 255)}


@pytest.mark.parametrize(("changes", "message"), [
    ({"low": (1.0,)}, r"training\.scaling\.low: must be a list of 2 numbers"),
    ({"high": (0.0, 9.0)}, r"training\.scaling\.high: must be at least 1\.0 for the column 'a'"),
    ({"columns": ("a", "a")}, r"columns: must be a list of 1 to 4096 different texts"),
    ({"labels": ()}, r"labels: must be a list of 1 to 4096 different texts")])
def test_a_scaling_must_be_complete(changes, message):
    scaling = {"columns": ["a", "b"], "low": [1.0, 2.0], "high": [3.0, 4.0], "labels": ["x"]}
    config = small_config().model_dump(exclude_none=True)
    with pytest.raises(ConfigError, match=message):
        config_from_mapping({**config, "training": {"scaling": {**scaling, **changes}}})
