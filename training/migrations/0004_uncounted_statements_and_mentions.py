"""What statements mention gets a table of its own, so that `agent` and the `related_…` filters find it; those stored are read again."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from training.xapi import mentions

_ROWS = 500


def read_again(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the table from the stored documents; what is longer than a column was stored before it was refused, and is found by nobody."""
    alias = editor.connection.alias
    statements = apps.get_model("training", "Statement")._default_manager.using(alias)
    table = apps.get_model("training", "StatementMention")
    after = 0
    while found := list(statements.filter(pk__gt=after).order_by("pk").values_list("pk", "document")[:_ROWS]):
        table._default_manager.using(alias).bulk_create(
            [
                table(statement_id=pk, kind=one.kind, value=one.value, is_near=one.is_near)
                for pk, document in found
                for one in mentions(document)
                if len(one.value) <= 600
            ],
            batch_size=_ROWS,
        )
        after = found[-1][0]


class Migration(migrations.Migration):
    """A table, two indexes, and the table's first rows."""

    dependencies = [
        ("training", "0003_completion_sources"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatementMention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mbox", "E-mail address"),
                            ("mbox_sha1sum", "Digest of an e-mail address"),
                            ("openid", "OpenID"),
                            ("account", "Account on a system"),
                            ("activity", "activity"),
                        ],
                        max_length=12,
                    ),
                ),
                ("value", models.CharField(max_length=600)),
                ("is_near", models.BooleanField()),
            ],
            options={
                "verbose_name": "mention in a statement",
                "verbose_name_plural": "mentions in statements",
            },
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(
                condition=models.Q(("state__in", ["parked", "refused"]), ("voided_by__isnull", True)),
                fields=["line", "-stored_at", "-id"],
                name="statement_uncounted",
            ),
        ),
        migrations.AddField(
            model_name="statementmention",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="training.statement"
            ),
        ),
        migrations.AddIndex(
            model_name="statementmention",
            index=models.Index(fields=["value", "kind"], name="mention_value_kind"),
        ),
        migrations.RunPython(read_again, migrations.RunPython.noop),
    ]
