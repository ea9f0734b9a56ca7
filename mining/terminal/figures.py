"""Figures as text: rates, difficulties, durations, ages, percentages. A value nobody measured is "–", never 0.

Every function takes None (or a value that is not finite) for "unknown" and returns text without padding.
"""

from __future__ import annotations

import math

UNKNOWN = "–"
_PREFIXES = ("", "k", "M", "G", "T", "P", "E")
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_YEAR_S = 365.25 * _DAY_S


def _is_unknown(value: float | None) -> bool:
    return value is None or not math.isfinite(value) or value < 0


def _scaled(value: float, largest: float) -> tuple[float, str]:
    """Return `value` divided by 1000 until it is below `largest`, with its SI prefix."""
    index = 0
    while value >= largest and index < len(_PREFIXES) - 1:
        value /= 1000
        index += 1
    return value, _PREFIXES[index]


def format_hashrate(hps: float | None) -> str:
    """Hashes per second with four significant digits: "342.1 H/s", "1.234 kH/s"."""
    if hps is None or _is_unknown(hps):
        return UNKNOWN
    value, prefix = _scaled(hps, 999.95)
    if not prefix or value >= 99.995:
        return f"{value:.1f} {prefix}H/s"
    return f"{value:.2f} {prefix}H/s" if value >= 9.9995 else f"{value:.3f} {prefix}H/s"


def format_difficulty(difficulty: float | None) -> str:
    """Difficulty, exact below 1000, then with at most four significant digits: "120 k", "336.5 G"."""
    if difficulty is None or _is_unknown(difficulty):
        return UNKNOWN
    value, prefix = _scaled(difficulty, 999.95 if difficulty >= 1000 else 1000)
    text = f"{value:.4g}"
    return f"{text} {prefix}" if prefix else text


def format_count(count: int | None) -> str:
    """A whole number in groups of three: "1 234 567"."""
    if count is None:
        return UNKNOWN
    return f"{count:,}".replace(",", " ")


def format_duration(seconds: float | None) -> str:
    """A span of time in at most two units: "0.4 s", "41 s", "2 min 58 s", "1 h 02 min", "3 d 04 h", "46 y"."""
    if seconds is None or _is_unknown(seconds):
        return UNKNOWN
    return f"{seconds:.1f} s" if seconds < 9.95 else format_age(round(seconds))


def format_age(seconds: float | None) -> str:
    """A span in whole seconds, then as `format_duration`: calmer for values that change each second."""
    if seconds is None or _is_unknown(seconds):
        return UNKNOWN
    whole = int(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S:02d} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02d} min"
    if whole < _YEAR_S:
        return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S:02d} h"
    years = whole / _YEAR_S
    return f"{years:.1f} y" if years < 9.95 else f"{format_count(round(years))} y"


def format_percent(percent: float | None) -> str:
    """Percent with one decimal, without it when it is 0: "99.6 %", "100 %"."""
    if percent is None or _is_unknown(percent):
        return UNKNOWN
    text = f"{percent:.1f}"
    return f"{text.removesuffix('.0')} %"


def format_milliseconds(milliseconds: float | None) -> str:
    """A round trip: "0.4 ms", "12 ms", "1.2 s"."""
    if milliseconds is None or _is_unknown(milliseconds):
        return UNKNOWN
    if milliseconds >= 1000:
        return format_duration(milliseconds / 1000)
    return f"{milliseconds:.1f} ms" if milliseconds < 9.95 else f"{milliseconds:.0f} ms"


def format_temperature(celsius: float | None) -> str:
    return UNKNOWN if celsius is None or not math.isfinite(celsius) else f"{celsius:.0f} °C"


def format_frequency(mhz: float | None) -> str:
    return UNKNOWN if mhz is None or _is_unknown(mhz) else f"{mhz / 1000:.2f} GHz"


def format_ratio(value: float | None, reference: float | None) -> str:
    """`value` in whole percent of `reference`: "98 %"; unknown when either is, or when the reference is 0."""
    if value is None or reference is None or _is_unknown(value) or _is_unknown(reference) or reference == 0:
        return UNKNOWN
    return f"{100 * value / reference:.0f} %"


def format_odds(p_value: float) -> str:
    """A probability as "1 in N"."""
    if p_value <= 1e-9:
        return "1 in more than 1 000 000 000"
    return f"1 in {format_count(max(1, round(1 / p_value)))}"
