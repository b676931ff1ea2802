"""How two series go together week by week, when weeks resemble the last and both may have a trend."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Reals = npt.NDArray[np.float64]


def detrended(values: Reals, at: Reals) -> Reals:
    """The values less the straight line through them."""
    columns = np.column_stack([np.ones(len(at)), at - at.mean()])
    return np.asarray(values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0])


def correlation(left: Reals, right: Reals, at: Reals) -> tuple[float, float, float, float] | None:
    """The correlation of two series without trend, its 95 % interval, and the one-sided p-value of being below 0.

    Nothing where one of them does not vary, or too little is left of it.

    Parameters
    ----------
    left, right : one value per period, with means and trends taken out.
    at : the periods' numbers; only neighbours that follow directly count for how much a series resembles itself.
    """
    scale = float(np.sqrt((left @ left) * (right @ right)))
    if scale <= 1e-12:
        return None
    r = float(np.clip(left @ right / scale, -0.999999, 0.999999))
    follows = np.diff(at) == 1
    alike = _lagged(left, follows) * _lagged(right, follows)
    worth = len(at) * ((1 - alike) / (1 + alike) if alike > 0 else 1.0)
    if worth <= 5:
        return None
    error = 1 / np.sqrt(worth - 4)
    z, margin = np.arctanh(r), stats.norm.ppf(0.975) * error
    return r, float(np.tanh(z - margin)), float(np.tanh(z + margin)), float(stats.norm.cdf(z / error))


def _lagged(values: Reals, follows: npt.NDArray[np.bool_]) -> float:
    """The correlation of a series with itself one period before."""
    return float((values[1:] * values[:-1])[follows].sum() / (values @ values))
