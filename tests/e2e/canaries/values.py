"""Made-up personal values that are valid in form, each once; and sentences that name them as people do."""

import random
from itertools import count

from security.pii.checks import is_id_checksum, is_luhn

SEED = 20_261_125
PER_LINE = 7
_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_GIVEN = "曦珞翊霁筠澍芃骞铄邈瑄琬睿昀湉屿栩琰灏甯"
_REGIONS = ("110105", "310104", "440305", "510107", "330106")


class Canaries:
    """Deals lines of seven values: name, mobile number, identity card, bank card, e-mail address, one-time code; and a
    mobile number that nothing names, beside a word that names another.
    """

    def __init__(self) -> None:
        self._chance = random.Random(SEED)  # noqa: S311 - not for secrets
        self._numbers = count(1)
        self.dealt: list[str] = []

    def line(self) -> str:
        values = (
            self._name(),
            self._phone(),
            self._id_card(),
            self._bank_card(),
            self._email(),
            self._code(),
            self._phone(),
        )
        self.dealt += values
        name, phone, id_card, bank_card, email, code, unnamed = values
        return (
            f"我叫{name}，手机号{phone}，身份证{id_card}，银行卡{bank_card}，邮箱{email}，验证码{code}"
            f"，订单没收到，{unnamed}"
        )

    def lines(self, number: int) -> list[str]:
        return [self.line() for _ in range(number)]

    def _name(self) -> str:
        while True:
            name = self._chance.choice(_FAMILY) + "".join(self._chance.sample(_GIVEN, 2))
            if name not in self.dealt:
                return name

    def _phone(self) -> str:
        return self._chance.choice(("138", "159", "186", "199")) + self._digits(8)

    def _id_card(self) -> str:
        born = (
            f"{self._chance.randrange(1950, 2005)}{self._chance.randrange(1, 13):02}{self._chance.randrange(1, 29):02}"
        )
        body = self._chance.choice(_REGIONS) + born + self._digits(3)
        return next(body + check for check in "0123456789X" if is_id_checksum(body + check))

    def _bank_card(self) -> str:
        body = "622202" + self._digits(12)
        return next(body + check for check in "0123456789" if is_luhn(body + check))

    def _email(self) -> str:
        return f"canary{next(self._numbers)}.{self._digits(5)}@mail.example.com"

    def _code(self) -> str:
        """A digit among letters, as a code that is sent has: letters alone would be a word."""
        return self._chance.choice("3479") + "".join(self._chance.choices("ACDEFHJKMNPQRTUVWXY", k=7))

    def _digits(self, number: int) -> str:
        return "".join(self._chance.choices("0123456789", k=number))
