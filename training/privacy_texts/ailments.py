"""Made-up diagnoses by the morphology of disease names: site, side, nature, condition, stage."""

from __future__ import annotations

import random

from training.privacy_texts.stock import pick


def ailment(rng: random.Random) -> str:
    """Return the name of a disease or injury."""
    draw = rng.random()
    if draw < 0.42:
        name = pick(rng, "ailments", "plain")
    elif draw < 0.70:
        side = pick(rng, "ailments", "sides") if rng.random() < 0.7 else ""
        name = side + pick(rng, "ailments", "bones") + pick(rng, "ailments", "injury")
    else:
        nature = pick(rng, "ailments", "before") if rng.random() < 0.45 else ""
        side = pick(rng, "ailments", "sides") if rng.random() < 0.15 else ""
        name = nature + side + pick(rng, "ailments", "organs") + pick(rng, "ailments", "inflamed")
    if rng.random() < 0.08 and draw >= 0.42:
        name = name.replace("骨折", rng.choice(("螺旋形骨折", "错位", "骨折伴脱位", "骨折内固定")), 1)
    if rng.random() < 0.12:
        name += pick(rng, "ailments", "after").replace("术后", "")
    if rng.random() < 0.04:
        name += rng.choice(("伴", "并", "合并")) + pick(rng, "ailments", "plain")
    return name


def procedure(rng: random.Random) -> str:
    """Return the name of an operation or mode of delivery."""
    name = pick(rng, "ailments", "procedures")
    if rng.random() < 0.25 and name.startswith(("切开", "清创", "骨折", "内固定", "植皮")):
        return pick(rng, "ailments", "sides") + pick(rng, "ailments", "bones") + name
    if rng.random() < 0.15:
        return pick(rng, "ailments", "organs") + rng.choice(
            ("切除术", "修补术", "部分切除术", "探查术", "成形术")
        )
    return name
