"""Data sets: their sources, and all ways in which their files can be wrong."""

import gzip
import struct
import zipfile
from math import prod

import numpy as np
import pytest
from small import small_config, small_data

from pulsetrain.data import Archive, DataError, DataSet, check_fits, load_data
from pulsetrain.data import archive as archive_module
from pulsetrain.data.samples import MOST_SAMPLES
from pulsetrain.spec import load_config

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
    # The first sample of the order in docs/contract.md, section 16.
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    first = np.random.default_rng(0).permutation(1797)[0]
    assert data.y_train[0] == labels[first]
    assert data.x_train[0].tolist() == np.minimum(16 * pixels[first], 255).tolist()


@pytest.mark.parametrize("spelling", ["-", "."])
@pytest.mark.parametrize("compressed", [False, True])
def test_mnist_in_all_its_spellings(tmp_path, spelling, compressed):
    images, labels, test_images, _ = write_mnist(tmp_path, spelling=spelling,
                                                 compressed=compressed)
    data = load_data(f"mnist:{tmp_path}")
    assert data.x_train.tolist() == images.reshape(5, 6).tolist()
    assert data.x_test.tolist() == test_images.reshape(3, 6).tolist()
    assert data.y_train.tolist() == labels.tolist()


@pytest.mark.parametrize("name", ["mnist", "mnist:", "npz:", "npz"])
def test_a_name_without_a_path_is_refused_with_its_form(name):
    with pytest.raises(DataError, match=r"data must be given as (mnist:FOLDER|npz:FILE), not"):
        load_data(name)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(DataError, match=r"data must be digits, mnist:FOLDER or npz:FILE, not 'x'"):
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
