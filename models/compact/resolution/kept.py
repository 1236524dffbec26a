"""What a message says is *not* meant: T恤留着, 不是这双, 没说要退开衫."""

import re

_KEPT = re.compile(
    r"[^，。,！!；;\s]{0,12}?(?:留着|不退|不动|不用退|不换|没问题|挺好|还行)(?=[，。,！!；;\s]|$)"
    r"|(?<!是)不是[^，。,！!？?；;\s]{1,12}?(?=[，。,！!？?；;\s]|是)"
    r"|[^，。,！!？?；;\s]{2,12}不是(?=[，,\s]+(?:要的)?是)"
    r"|(?:没说过?要?|不是要|没打算|没想|没让你们?)(?:退|换|修|补|取消)[^，。,！!？?；;\s]{1,10}(?=[，。,！!；;\s])"
)


def drop_kept(plain: str) -> str:
    """Without the parts that say what is *not* meant (T恤留着, 不是这双); same length."""
    return _KEPT.sub(lambda m: "□" * len(m[0]), plain)
