"""exp, log, log10 and pow as fdlibm computes them, which is what `StrictMath` of Java is defined to give.

The algorithms and constants are those of fdlibm 5.3:

    Copyright (C) 1993-2004 by Sun Microsystems, Inc. All rights reserved.
    Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is
    preserved.

Arguments are finite and not NaN. Every operation is one IEEE operation on doubles, as in C.
"""

from __future__ import annotations

import math
import struct

_LN2_HI = 6.93147180369123816490e-01
_LN2_LO = 1.90821492927058770002e-10
_P = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
_TWO54 = 1.80143985094819840000e16


def _words(x: float) -> tuple[int, int]:
    """The high word, signed, and the low word, unsigned."""
    high, low = struct.unpack(">iI", struct.pack(">d", x))
    return high, low


def _with_high(x: float, high: int) -> float:
    result: float = struct.unpack(">d", struct.pack(">I", high & 0xFFFFFFFF) + struct.pack(">d", x)[4:])[0]
    return result


def _without_low(x: float) -> float:
    result: float = struct.unpack(">d", struct.pack(">d", x)[:4] + b"\0\0\0\0")[0]
    return result


def exp(x: float) -> float:
    """e^x; infinite where that is too large."""
    high, _ = _words(x)
    negative = high < 0
    high &= 0x7FFFFFFF
    if x > 7.09782712893383973096e02:
        return math.inf
    if x < -7.45133219101941108420e02:
        return 0.0
    k, hi, lo = 0, 0.0, 0.0
    if high > 0x3FD62E42:
        if high < 0x3FF0A2B2:
            hi = x + _LN2_HI if negative else x - _LN2_HI
            lo = -_LN2_LO if negative else _LN2_LO
            k = -1 if negative else 1
        else:
            k = int(1.44269504088896338700 * x + (-0.5 if negative else 0.5))
            hi = x - k * _LN2_HI
            lo = k * _LN2_LO
        x = hi - lo
    elif high < 0x3E300000:
        return 1.0 + x
    t = x * x
    c = x - t * (_P[0] + t * (_P[1] + t * (_P[2] + t * (_P[3] + t * _P[4]))))
    if k == 0:
        return 1.0 - ((x * c) / (c - 2.0) - x)
    y = 1.0 - ((lo - (x * c) / (2.0 - c)) - hi)
    if k >= -1021:
        return _with_high(y, _words(y)[0] + (k << 20))
    return _with_high(y, _words(y)[0] + ((k + 1000) << 20)) * 9.33263618503218878990e-302


_LG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)


def _normal(x: float) -> tuple[float, int, int]:
    """A number above 0, made a normal one; its high word, and its binary exponent."""
    high, _ = _words(x)
    scaled = 0
    if high < 0x00100000:
        scaled = 54
        x *= _TWO54
        high, _ = _words(x)
    return x, high, (high >> 20) - 1023 - scaled


def log(x: float) -> float:
    """The natural logarithm of a number above 0."""
    x, high, k = _normal(x)
    high &= 0x000FFFFF
    i = (high + 0x95F64) & 0x100000
    x = _with_high(x, high | (i ^ 0x3FF00000))
    k += i >> 20
    f = x - 1.0
    if (0x000FFFFF & (2 + high)) < 3:
        if f == 0.0:
            return 0.0 if k == 0 else k * _LN2_HI + k * _LN2_LO
        r = f * f * (0.5 - 0.33333333333333333 * f)
        return f - r if k == 0 else k * _LN2_HI - ((r - k * _LN2_LO) - f)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    t1 = w * (_LG[1] + w * (_LG[3] + w * _LG[5]))
    t2 = z * (_LG[0] + w * (_LG[2] + w * (_LG[4] + w * _LG[6])))
    r = t2 + t1
    if ((high - 0x6147A) | (0x6B851 - high)) > 0:
        half = 0.5 * f * f
        if k == 0:
            return f - (half - s * (half + r))
        return k * _LN2_HI - ((half - (s * (half + r) + k * _LN2_LO)) - f)
    if k == 0:
        return f - s * (f - r)
    return k * _LN2_HI - ((s * (f - r) - k * _LN2_LO) - f)


def log10(x: float) -> float:
    """The decimal logarithm of a number above 0."""
    x, high, k = _normal(x)
    i = 1 if k < 0 else 0
    x = _with_high(x, (high & 0x000FFFFF) | ((0x3FF - i) << 20))
    y = float(k + i)
    z = y * 3.69423907715893078616e-13 + 4.34294481903251816668e-01 * log(x)
    return z + y * 3.01029995663611771306e-01


_BP = (1.0, 1.5)
_DP_H = (0.0, 5.84962487220764160156e-01)
_DP_L = (0.0, 1.35003920212974897128e-08)
_L = (
    5.99999999999994648725e-01,
    4.28571428578550184252e-01,
    3.33333329818377432918e-01,
    2.72728123808534006489e-01,
    2.30660745775561754067e-01,
    2.06975017800338417784e-01,
)
_CP = 9.61796693925975554329e-01
_CP_H = 9.61796700954437255859e-01
_CP_L = -7.02846165095275826516e-09
_IVLN2 = 1.44269504088896338700e00
_IVLN2_H = 1.44269502162933349609e00
_IVLN2_L = 1.92596299112661746887e-08
_LG2 = 6.93147180559945286227e-01
_LG2_H = 6.93147182464599609375e-01
_LG2_L = -1.90465429995776804525e-09


def pow(x: float, y: float) -> float:  # noqa: A001 - its name
    """x^y; NaN where it is not defined, infinite where it is too large, or 0 is raised to less than 0."""
    if y == 0.0:
        return 1.0
    hx, lx = _words(x)
    hy, ly = _words(y)
    ix, iy = hx & 0x7FFFFFFF, hy & 0x7FFFFFFF
    odd = _is_odd(y) if hx < 0 else None  # None: it makes no difference
    if ly == 0:
        if iy == 0x3FF00000:
            return 1.0 / x if hy < 0 and x != 0.0 else math.copysign(math.inf, x) if hy < 0 else x
        if hy == 0x40000000:
            return x * x
        if hy == 0x3FE00000 and hx >= 0:
            return math.sqrt(x)
    ax = abs(x)
    if lx == 0 and ix in {0, 0x3FF00000}:
        z = ax
        if hy < 0:
            z = 1.0 / z if z else math.inf
        if hx < 0:
            if ix == 0x3FF00000 and odd is _NOT_INT:
                return math.nan
            if odd is True:
                z = -z
        return z
    if hx < 0 and odd is _NOT_INT:
        return math.nan
    sign = -1.0 if hx < 0 and odd is True else 1.0
    if iy > 0x41E00000:
        if iy > 0x43F00000:
            if ix <= 0x3FEFFFFF:
                return math.inf if hy < 0 else 0.0
            return math.inf if hy > 0 else 0.0
        if ix < 0x3FEFFFFF:
            return sign * (math.inf if hy < 0 else 0.0)
        if ix > 0x3FF00000:
            return sign * (math.inf if hy > 0 else 0.0)
        t = ax - 1.0
        w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25))
        u = _IVLN2_H * t
        v = t * _IVLN2_L - w * _IVLN2
        t1 = _without_low(u + v)
        t2 = v - (t1 - u)
    else:
        t1, t2 = _log2(ax, ix)
    y1 = _without_low(y)
    p_l = (y - y1) * t1 + y * t2
    p_h = y1 * t1
    return sign * _exp2(p_l, p_h)


_NOT_INT = object()


def _is_odd(y: float) -> object:
    """True for an odd whole number, False for an even one, `_NOT_INT` for one that is not whole."""
    if y != math.floor(y):
        return _NOT_INT
    return math.fmod(y, 2.0) != 0.0


def _log2(ax: float, ix: int) -> tuple[float, float]:
    """log2 of a number above 0 in two parts."""
    n = 0
    if ix < 0x00100000:
        ax *= 9007199254740992.0
        n -= 53
        ix = _words(ax)[0]
    n += (ix >> 20) - 0x3FF
    j = ix & 0x000FFFFF
    ix = j | 0x3FF00000
    if j <= 0x3988E:
        k = 0
    elif j < 0xBB67A:
        k = 1
    else:
        k = 0
        n += 1
        ix -= 0x00100000
    ax = _with_high(ax, ix)
    u = ax - _BP[k]
    v = 1.0 / (ax + _BP[k])
    ss = u * v
    s_h = _without_low(ss)
    t_h = _with_high(0.0, ((ix >> 1) | 0x20000000) + 0x00080000 + (k << 18))
    t_l = ax - (t_h - _BP[k])
    s_l = v * ((u - s_h * t_h) - s_h * t_l)
    s2 = ss * ss
    r = s2 * s2 * (_L[0] + s2 * (_L[1] + s2 * (_L[2] + s2 * (_L[3] + s2 * (_L[4] + s2 * _L[5])))))
    r += s_l * (s_h + ss)
    s2 = s_h * s_h
    t_h = _without_low(3.0 + s2 + r)
    t_l = r - ((t_h - 3.0) - s2)
    u = s_h * t_h
    v = s_l * t_h + t_l * ss
    p_h = _without_low(u + v)
    p_l = v - (p_h - u)
    z_h = _CP_H * p_h
    z_l = _CP_L * p_h + p_l * _CP + _DP_L[k]
    t = float(n)
    t1 = _without_low(((z_h + z_l) + _DP_H[k]) + t)
    return t1, z_l - (((t1 - t) - _DP_H[k]) - z_h)


def _exp2(p_l: float, p_h: float) -> float:
    """2^(p_l + p_h)."""
    z = p_l + p_h
    j, i = _words(z)
    if j >= 0x40900000:
        if j > 0x40900000 or i != 0 or p_l + 8.0085662595372944372e-17 > z - p_h:
            return math.inf
    elif (j & 0x7FFFFFFF) >= 0x4090CC00 and ((j & 0xFFFFFFFF) != 0xC090CC00 or i != 0 or p_l <= z - p_h):
        return 0.0
    i = j & 0x7FFFFFFF
    k = (i >> 20) - 0x3FF
    n = 0
    if i > 0x3FE00000:
        n = j + (0x00100000 >> (k + 1))
        k = ((n & 0x7FFFFFFF) >> 20) - 0x3FF
        t = _with_high(0.0, n & ~(0x000FFFFF >> k))
        n = ((n & 0x000FFFFF) | 0x00100000) >> (20 - k)
        if j < 0:
            n = -n
        p_h -= t
    t = _without_low(p_l + p_h)
    u = t * _LG2_H
    v = (p_l - (t - p_h)) * _LG2 + t * _LG2_L
    z = u + v
    w = v - (z - u)
    t = z * z
    t1 = z - t * (_P[0] + t * (_P[1] + t * (_P[2] + t * (_P[3] + t * _P[4]))))
    r = (z * t1) / (t1 - 2.0) - (w + z * w)
    z = 1.0 - (r - z)
    j = _words(z)[0] + (n << 20)
    return math.ldexp(z, n) if (j >> 20) <= 0 else _with_high(z, j)
