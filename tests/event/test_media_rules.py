"""What is taken for a file, and what becomes of images: rules without a server."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from services.event.media import domain, images
from services.event.media.domain import BadMedia, Form


def picture(form="PNG", size=(40, 20), mode="RGB", **given):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, form, **given)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (picture("JPEG"), Form.JPEG),
        (picture("PNG"), Form.PNG),
        (picture("WEBP"), Form.WEBP),
        (picture("GIF"), Form.GIF),
        (b"%PDF-1.7 ...", Form.PDF),
        ("Grüße\nund mehr".encode(), Form.TEXT),
    ],
)
def test_what_bytes_are_is_read_from_them(data, form):
    assert domain.sniffed(data) is form


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf <!doctype html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"\x7fELF",
        b"a\x00b",
        b"\xff\xfe<\x00",
    ],
)
def test_what_may_run_or_is_unknown_is_not_taken(data):
    with pytest.raises(BadMedia):
        domain.sniffed(data)


def test_a_file_has_a_size():
    domain.check_size(domain.MOST_BYTES)
    for size in (0, domain.MOST_BYTES + 1):
        with pytest.raises(BadMedia):
            domain.check_size(size)


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((4000, 3000), [(1920, 1440), (960, 720), (320, 240)]),
        ((500, 1000), [(500, 1000), (480, 960), (160, 320)]),
        ((100, 50), [(100, 50)]),
        ((3000, 1), [(1920, 1), (960, 1), (320, 1)]),
    ],
)
def test_no_size_is_larger_than_the_image(size, made):
    assert domain.scaled(*size) == made


def test_an_image_is_written_anew_upright_and_without_what_stood_beside_it():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "a secret"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    data = picture("JPEG", (400, 200), exif=exif)

    drawn = images.draw(data)

    assert not isinstance(drawn, str)
    assert [(width, height) for _, width, height in drawn] == [(200, 400), (160, 320)]
    for made, *_ in drawn:
        image = Image.open(io.BytesIO(made))
        assert image.format == "WEBP"
        assert not image.getexif()
        assert b"secret" not in made and b"EXIF" not in made


def test_transparency_stays():
    out = io.BytesIO()
    Image.new("RGBA", (40, 20), (255, 0, 0, 100)).save(out, "PNG")

    drawn = images.draw(out.getvalue())

    assert not isinstance(drawn, str)
    assert Image.open(io.BytesIO(drawn[0][0])).mode == "RGBA"


def test_a_bomb_is_not_unpacked():
    # A thousandth of its pixels is what it has in bytes.
    bomb = picture("PNG", (12_000, 12_000), mode="1")

    assert len(bomb) < 100_000
    assert "pixels" in images.draw(bomb)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n garbage", picture("JPEG", (400, 400))[:-300], b"GIF89a", b"%!PS-Adobe"],
)
def test_what_is_no_image_is_told_so(data):
    assert images.draw(data) == "is not an image that can be read"
