"""How tables spell a missing value: some spellings always mean it, some only where a number or a time is expected."""

import pyarrow as pa
import pyarrow.compute as pc

# "None" is a value of its own in real category columns, and so are "?" and "-"; "NA" and "null" practically never are.
ALWAYS = frozenset({"", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "Null", "nan", "NaN", "NAN", r"\N"})
AMONG_NUMBERS = ALWAYS | {
    *("na", "N.A.", "n.a.", "None", "none", "NONE", "nil", "NIL", "?", "-", "--", "---", "–", "—", ".", "..", "*"),
    *("#N/A N/A", "#NA", "#NULL!", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "-nan", "-NaN", "NaT", "missing", "Missing"),
    *("unknown", "Unknown", "UNKNOWN", "无", "空", "缺失", "未知", "暂无", "不详", "/"),
}


def find(text: pa.Array, spellings: frozenset[str] = ALWAYS) -> pa.Array:
    """True where the text, without blanks around it, is null or one of the spellings."""
    bare = pc.utf8_trim_whitespace(text)
    return pc.or_(pc.is_null(text), pc.fill_null(pc.is_in(bare, pa.array(sorted(spellings), pa.string())), True))
