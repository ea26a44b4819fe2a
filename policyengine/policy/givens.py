"""The values that an example gives: as an export would hold them, checked against the schema."""

from datetime import datetime
from decimal import Decimal
from typing import assert_never

from policyengine.policy import misfits
from policyengine.policy.context import Here
from policyengine.policy.suggest import hint
from policyengine.policy.types import type_of_field
from policyengine.schema.model import Field, FieldType
from policyengine.syntax import tree
from policyengine.syntax.tree import Expr

GivenValue = str | bool | Decimal | int


def given_value(expr: Expr, declared: Field, kind: str, here: Here) -> GivenValue | None:
    """The value as an export would hold it; None, and noted (TYP001, TYP020), if it does not fit.

    A code may stand without quotation marks where it is one word.
    """
    match declared.type:
        case FieldType.TEXT:
            value: GivenValue | None = _text(expr)
        case FieldType.CODE:
            return _code(expr, declared, kind, here)
        case FieldType.YES_NO:
            value = expr.value if isinstance(expr, tree.YesNo) else None
        case FieldType.NUMBER:
            value = expr.value if isinstance(expr, tree.Number) else None
        case FieldType.DATE:
            value = expr.value.isoformat() if isinstance(expr, tree.DateLiteral) else None
        case FieldType.DATETIME:
            value = _instant(expr, here)
        case FieldType.REF:
            value = _label(expr)
        case _:
            assert_never(declared.type)
    if value is None:
        _note(expr, declared, kind, here)
    return value


def _text(expr: Expr) -> str | None:
    return expr.value if isinstance(expr, tree.TextLiteral) else None


def _label(expr: Expr) -> str | None:
    match expr:
        case tree.TextLiteral(value=text):
            return text
        case tree.Path(parts=parts):
            return ".".join(part.text for part in parts)
        case _:
            return None


def _instant(expr: Expr, here: Here) -> str | None:
    """A date-time, or a bare date whose time is not known (S16)."""
    match expr:
        case tree.DateLiteral(value=day):
            return day.isoformat()
        case tree.DateTimeLiteral(value=local):
            if here.words.zone.at_local(local) is None:
                here.note(misfits.skipped_time(expr.span, here.words.zone.name))
            return written(local)
        case _:
            return None


def written(local: datetime) -> str:
    """`2026-04-01T14:30`, with seconds if there are any."""
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _code(expr: Expr, declared: Field, kind: str, here: Here) -> str | None:
    of = declared.target or ""
    codes = here.words.schema.codes[of].codes
    match expr:
        case tree.TextLiteral(value=text):
            code = text
        case tree.Path(parts=(name,)):
            code = name.text
        case tree.YesNo(value=truth) if ("yes" if truth else "no") in codes:
            code = "yes" if truth else "no"
        case _:
            _note(expr, declared, kind, here)
            return None
    if code not in codes:
        here.note(misfits.not_in_list(expr.span, code, of, hint(code, codes)))
        return None
    return code


def _note(expr: Expr, declared: Field, kind: str, here: Here) -> None:
    mends = {
        FieldType.TEXT: 'a text stands in quotation marks: `"..."`',
        FieldType.CODE: 'a code stands in quotation marks: `"..."`',
        FieldType.YES_NO: "write `yes` or `no`",
        FieldType.NUMBER: "write a number: `14`",
        FieldType.DATE: "write a date: `2026-04-01`",
        FieldType.DATETIME: "write a date-time, or a date: `2026-04-01T14:30`",
        FieldType.REF: "write the label of a record that the example gives",
    }
    words = type_of_field(declared).words
    name = f"{kind}.{declared.name}"
    here.note(misfits.does_not_fit(expr.span, name, words, (mends[declared.type],)))
