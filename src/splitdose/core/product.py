"""Products, and amounts of them: what they are made of, how they are shown, and how they are read.

This is the door to four rooms: `strength` (what a label says), `piece` (products and pieces of them), `showing`
(amounts as people read them) and `reading` (as they type them).
"""

from splitdose.core.piece import (
    DRY_FORMS,
    FORMS,
    KNOWN_WORDS,
    LIQUIDS,
    UNCUT_FORMS,
    Piece,
    Pieces,
    Product,
    all_told_in,
    mass_units,
    plural_of,
    retold,
    singular_of,
    summed,
    told_unit,
    total_mg,
    unit_of,
)
from splitdose.core.reading import (
    UnknownProduct,
    count_of,
    find_product,
    parse_pieces,
    parse_split,
    product_named,
    read_called,
    split_product,
)
from splitdose.core.showing import (
    amount_texts,
    dose_in_pieces,
    dose_in_words,
    echo,
    measured_texts,
    show_addition,
    show_dose,
    show_mass,
    show_ml,
    show_pieces,
    show_sum,
    show_taken,
    show_told,
    show_used,
    shown_count,
    sum_unit,
    sums_of,
    taken_texts,
    tight_sums,
    told_by_ml,
    total_ml,
    used_words,
    words_beside,
    words_of,
)
from splitdose.core.strength import (
    Strength,
    kept_strength,
    mass_unit,
    one_unit,
    parse_mass,
    parse_strength,
    typed_strength,
)

__all__ = [
    "DRY_FORMS", "FORMS", "KNOWN_WORDS", "LIQUIDS", "UNCUT_FORMS", "Piece", "Pieces", "Product", "Strength",
    "UnknownProduct", "all_told_in", "amount_texts", "count_of", "dose_in_pieces", "dose_in_words", "echo",
    "find_product", "kept_strength", "mass_unit", "mass_units", "measured_texts", "one_unit", "parse_mass",
    "parse_pieces", "parse_split", "parse_strength", "plural_of", "product_named", "read_called", "retold",
    "show_addition", "show_dose", "show_mass", "show_ml", "show_pieces", "show_sum", "show_taken", "show_told",
    "show_used", "shown_count", "singular_of", "split_product", "sum_unit", "summed", "sums_of", "taken_texts",
    "tight_sums", "told_by_ml", "told_unit", "total_mg", "total_ml", "typed_strength", "unit_of", "used_words",
    "words_beside", "words_of",
]  # fmt: skip
