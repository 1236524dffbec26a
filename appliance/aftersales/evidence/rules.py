"""Whether bytes are a picture: by what they hold, never by what they are called. Pure; may take a second of CPU.

Nothing in a picture is executed or followed, and no picture is decoded before its size is known.
"""

from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from appliance.aftersales.evidence.model import ImageNotSupported, MediaType, NotAnImage, Picture

MOST_PIXELS: Final = 50_000_000
"""A phone's 48-megapixel photograph passes; a few kilobytes that unpack to gigabytes do not."""

_FORMATS: Final = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP", MediaType.GIF: "GIF"}
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_VIEW_EDGE: Final = 2048


def inspect(content: bytes) -> Picture:
    """The picture that the bytes are, or NotAnImage or ImageNotSupported."""
    media_type = _sniff(content)
    try:
        width, height = _verified_size(content, _FORMATS[media_type])
    except (ImageNotSupported, MemoryError):
        raise
    except Image.DecompressionBombError as bomb:  # Pillow's own limit, far above ours, is met while it reads the header
        raise _too_many_pixels() from bomb
    except Exception as refused:  # a damaged file makes a decoder fail in any way it likes
        raise NotAnImage("the picture is damaged or cut off; take or export it again") from refused
    return Picture(media_type=media_type, width=width, height=height, content=content)


def view(picture: Picture) -> bytes:
    """A JPEG for people and models: upright, at most 2048 pixels a side, without metadata (place, device)."""
    with Image.open(BytesIO(picture.content), formats=[_FORMATS[picture.media_type]]) as image:
        image.draft("RGB", (_VIEW_EDGE, _VIEW_EDGE))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((_VIEW_EDGE, _VIEW_EDGE))
    out = BytesIO()
    upright.save(out, "JPEG", quality=88, exif=b"")
    return out.getvalue()


def _sniff(content: bytes) -> MediaType:
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if content.startswith((b"GIF87a", b"GIF89a")):
        return MediaType.GIF
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        raise ImageNotSupported("HEIC and AVIF pictures cannot be shown everywhere; send it as JPEG")
    raise NotAnImage("the upload is not a picture; send JPEG, PNG, WebP or GIF")


def _verified_size(content: bytes, image_format: str) -> tuple[int, int]:
    with Image.open(BytesIO(content), formats=[image_format]) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise _too_many_pixels()
        if image_format == "PNG":
            image.verify()  # checks every chunk without unpacking the pixels
        else:
            image.draft("RGB", (max(width // 8, 1), max(height // 8, 1)))
            image.load()  # JPEG at an eighth, of an animation the first frame
    return width, height


def _too_many_pixels() -> ImageNotSupported:
    return ImageNotSupported(f"the picture has more than {MOST_PIXELS // 1_000_000} megapixels; send a smaller one")
