"""What counts as a picture."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from appliance.aftersales.evidence import rules
from appliance.aftersales.evidence.model import ImageNotSupported, MediaType, NotAnImage

GPS_IFD = 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def with_place_and_turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(GPS_IFD)[1] = "N"
    exif.get_ifd(GPS_IFD)[2] = (31.0, 14.0, 3.0)
    return picture(exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_known_by_its_content(kind: str) -> None:
    found = rules.inspect(picture(kind))

    assert (found.media_type, found.width, found.height) == (MediaType(f"image/{kind.lower()}"), 40, 30)


def test_an_animation_counts_by_its_first_frame() -> None:
    frames = [Image.new("RGB", (10, 10), (n, 0, 0)) for n in range(3)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])

    assert rules.inspect(out.getvalue()).media_type is MediaType.GIF


@pytest.mark.control("M-27")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBP",
        b"<html>",
        b"%PDF-1.7",
        b"BM" + b"\0" * 60,
    ],
)
def test_a_name_or_a_beginning_makes_no_picture(content: bytes) -> None:
    with pytest.raises(NotAnImage):
        rules.inspect(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_half_a_picture_is_none(kind: str) -> None:
    whole = picture(kind, (200, 200))

    with pytest.raises(NotAnImage):
        rules.inspect(whole[: len(whole) // 2])


@pytest.mark.control("M-27")
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [8_000, 12_000, 20_000])
def test_a_bomb_is_refused_by_its_stated_size_and_told_so(side: int) -> None:
    """Beyond Pillow's first limit it warns, beyond its second it raises an error of its own."""
    out = BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000

    with pytest.raises(ImageNotSupported, match="more than 50 megapixels; send a smaller one"):
        rules.inspect(out.getvalue())


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_heic_and_avif_are_named(brand: bytes) -> None:
    with pytest.raises(ImageNotSupported, match="JPEG"):
        rules.inspect(b"\0\0\0\x18ftyp" + brand + b"\0" * 40)


@pytest.mark.control("M-34")
def test_the_original_keeps_its_metadata_and_the_view_has_none() -> None:
    original = rules.inspect(with_place_and_turned())

    seen = Image.open(BytesIO(rules.view(original)))

    assert Image.open(BytesIO(original.content)).getexif().get_ifd(GPS_IFD)
    assert not dict(seen.getexif())
    assert "exif" not in seen.info
    assert seen.size == (30, 40), "turned upright"


def test_a_view_is_bounded() -> None:
    large = rules.inspect(picture(size=(5000, 100)))

    assert Image.open(BytesIO(rules.view(large))).size == (2048, 41)


@pytest.mark.control("M-24", "M-27")
@given(st.binary(max_size=200), st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.integers(0, 2000))
def test_no_damage_breaks_the_check(damage: bytes, kind: str, at: int) -> None:
    content = bytearray(picture(kind))
    at %= len(content)
    content[at : at + len(damage)] = damage
    try:
        rules.inspect(bytes(content))
    except (NotAnImage, ImageNotSupported):
        return
