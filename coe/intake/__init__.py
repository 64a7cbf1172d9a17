"""Intake: from a file somebody sends to checked records. Pure Python, no Django; nothing is written anywhere.

The way of a file::

    mapping = load_mapping("nyc_social_media_usage").bind(path.parent)      # or identity_mapping("accounts", table.columns)
    table = open_table(path, **mapping.reading)
    mapping.check_columns(table.columns)
    for number, row in table:
        match mapping.apply(number, row):
            case Skip() as skip: ...        # skip.reason; skip.keep: records that still come to be (kind "accounts" or "lines")
            case Rejected() as rejected: ...  # rejected.problems
            case records: ...               # list[Record]; record.kind, record.fields

``open_table(source, *, name=, encoding=, limits=, format=, delimiter=, sheet=, cached_formulas=) -> Table``
    CSV, TSV, XLSX, JSON, NDJSON, YAML, each also as ``.gz``, in constant memory. ``Table``: ``columns``, ``format``, ``encoding``,
    ``notes``; iterating gives ``(row_number, dict | RowProblem)``. ``Limits`` says how much a file may ask for.
``load_mapping(name | path | text | data) -> Mapping`` · ``identity_mapping(kind, columns, chosen=…, **options) -> Mapping``
``shipped_mappings(kind=None)`` · ``guess_mapping(columns, kind) -> {field: column}`` · ``MAPPING_SCHEMA``
    ``Mapping``: ``apply``, ``bind``, ``check_columns``, ``unused``, ``reading``, ``key_by_line``, ``create``, ``doubled_rows``,
    ``default_line``, ``kind``, ``name``, ``data`` (plain data: store it with the batch and load it again).
``KINDS`` · ``fields_of(kind)`` · ``register_kind(kind, fields)`` · ``FieldDef``
    The canonical fields. In a record, text and number fields are ``str`` (numbers plain: ``1234.5``), ``whole`` int, ``date`` date,
    ``moment`` aware datetime, ``bool`` bool, ``list`` a tuple; blank is ``""``, ``None`` or ``()``.
    A field without a source is absent, so that an import never empties what its file does not speak of.
``coe.intake.values``: ``parse_decimal``, ``parse_int_exact``, ``to_scaled``, ``parse_percent``, ``parse_date``, ``parse_moment``,
    ``parse_duration``, ``parse_bool``, ``parse_choice``, ``parse_text``, ``parse_list``. They raise ``IntakeError`` and nothing else.
``looks_like_secret(text) -> reason | None`` · ``SECRET_REASONS``
``IntakeError(code, …)`` · ``RowProblem`` · ``Note``
    each with ``code``, ``params``, ``template`` (untranslated, ``gettext(x.template) % x.params``) and ``message`` (English).

Reasons a mapping skips for: ``no_value``, ``total_row``, ``skipped_by_rule``, ``no_records`` and whatever a mapping names itself.
Finding the account a record means is :func:`coe.handles.identify`'s, with the catalogue of the database.
"""

from coe.intake.errors import MESSAGES, REMEDIES, IntakeError, Note, RowProblem, render
from coe.intake.kinds import KINDS, FieldDef, fields_of, guess_mapping, register_kind
from coe.intake.mapped import Applied, Mapping, Record, Rejected, Skip
from coe.intake.mapping import identity_mapping, load_mapping, shipped_mappings
from coe.intake.mapping_schema import MAPPING_SCHEMA
from coe.intake.reader import FORMATS, Limits, Row, Table, open_table
from coe.intake.secrets import SECRET_REASONS, looks_like_secret

__all__ = [
    "FORMATS",
    "KINDS",
    "MAPPING_SCHEMA",
    "MESSAGES",
    "REMEDIES",
    "SECRET_REASONS",
    "Applied",
    "FieldDef",
    "IntakeError",
    "Limits",
    "Mapping",
    "Note",
    "Record",
    "Rejected",
    "Row",
    "RowProblem",
    "Skip",
    "Table",
    "fields_of",
    "guess_mapping",
    "identity_mapping",
    "load_mapping",
    "looks_like_secret",
    "open_table",
    "register_kind",
    "render",
    "shipped_mappings",
]
