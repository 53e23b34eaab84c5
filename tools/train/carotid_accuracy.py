# SPDX-License-Identifier: Apache-2.0
# Measures a vessel segmentation against phantom truth: Dice of artery and vein, and the error of the compressibility.
from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

import phantom

MINIMUM_AREA = 30  # px; a smaller artery is not measured
ARREST_CAC = 0.94  # from this compressibility on, an artery counts as collapsed


def compressibility(mask: np.ndarray, value: int = phantom.ARTERY) -> float | None:
    """sqrt(1 - (minor / major)^2) of one vessel of a label mask, integer [h, w]; None where it cannot be measured.
    Holes are filled, the largest 4-connected component is taken; it must have MINIMUM_AREA px and not touch the border.
    (minor / major)^2 = l2 / l1, the eigenvalues of the covariance of its pixel centres. Isotropic pixels."""
    components, count = ndimage.label(ndimage.binary_fill_holes(mask == value))
    if count == 0:
        return None
    areas = np.bincount(components.ravel())[1:]
    rows, columns = np.nonzero(components == int(areas.argmax()) + 1)
    height, width = mask.shape
    if (len(rows) < MINIMUM_AREA or rows.min() == 0 or columns.min() == 0 or rows.max() == height - 1
            or columns.max() == width - 1):
        return None
    small, large = np.linalg.eigvalsh(np.cov(np.stack([columns, rows]).astype(np.float64), bias=True))
    return float(np.sqrt(1 - max(small, 0.0) / large))


def dice(predicted: np.ndarray, truth: np.ndarray, value: int) -> np.ndarray:
    """2 |P and T| / (|P| + |T|) a frame, float64 [n], of integer masks [n, h, w]; 1 where both are empty."""
    p, t = predicted == value, truth == value
    total = p.sum((1, 2)) + t.sum((1, 2))
    return np.where(total == 0, 1.0, 2 * (p & t).sum((1, 2)) / np.maximum(total, 1))


def measure(predicted: np.ndarray, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """All figures of one set. predicted: integer [n, 128, 128]; arrays: the set as phantom_data.load returns it."""
    truth, exact = arrays["mask"], arrays["cac"]
    artery, vein = dice(predicted, truth, phantom.ARTERY), dice(predicted, truth, phantom.VEIN)
    visible = (truth == phantom.VEIN).sum((1, 2)) >= MINIMUM_AREA
    measured = [compressibility(mask) for mask in predicted]
    valid = np.array([value is not None for value in measured])
    cac = np.array([np.nan if value is None else value for value in measured])
    error = np.abs(cac - exact)[valid]
    from_truth = np.array([compressibility(mask) for mask in truth], dtype=np.float64)  # None becomes NaN
    missed = visible & (vein < .1)
    figures = {
        "artery_dice_mean": artery.mean(), "artery_dice_p5": np.quantile(artery, .05),
        "vein_dice_mean": vein[visible].mean(), "vein_dice_p5": np.quantile(vein[visible], .05),
        "vein_dice_all_frames_mean": vein.mean(), "vein_missed_share": missed.sum() / max(1, visible.sum()),
        "vein_missed_largest_q": arrays["q_vein"][missed].max() if missed.any() else 0.0,
        "cac_mae": error.mean(), "cac_median_error": np.median(error), "cac_p95_error": np.quantile(error, .95),
        "cac_pearson": np.corrcoef(cac[valid], exact[valid])[0, 1],
        "cac_wrong_side_of_0.94": ((cac >= ARREST_CAC) != (exact >= ARREST_CAC))[valid].mean(),
        "cac_mae_of_true_masks": np.nanmean(np.abs(from_truth - exact)),
    }
    return {"count": len(truth), "vein_visible_count": int(visible.sum()), "cac_valid_count": int(valid.sum()),
            **{key: round(float(value), 5) for key, value in figures.items()}}
