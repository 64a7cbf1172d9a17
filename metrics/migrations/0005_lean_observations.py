"""Observations and what is kept beside them: no constraint that is checked row by row, no index that another one begins with."""

import django.db.models.deletion
from django.db import migrations, models

# Rows that one import changes chunk after chunk find room for their next version on their own page, so that no index is touched.
_ROOMY = ("metrics_dailyrollup", "metrics_accountmonth")


def _fill(editor, option):
    if editor.connection.vendor == "postgresql":
        for table in _ROOMY:
            editor.execute(f"ALTER TABLE {table} {option}")


def leave_room(apps, editor):
    _fill(editor, "SET (fillfactor = 60)")


def leave_none(apps, editor):
    _fill(editor, "RESET (fillfactor)")


def _key(to, on_delete, **options):
    return models.ForeignKey(db_constraint=False, on_delete=on_delete, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("metrics", "0004_stage_rise_of_old_rows")]

    operations = [
        migrations.AlterField(
            "observation",
            "account",
            _key(
                "coe.socialaccount",
                django.db.models.deletion.PROTECT,
                null=True,
                related_name="observations",
                verbose_name="account",
                db_index=False,
            ),
        ),
        migrations.AlterField(
            "observation",
            "line",
            _key(
                "coe.businessline",
                django.db.models.deletion.PROTECT,
                null=True,
                related_name="observations",
                verbose_name="line",
                db_index=False,
            ),
        ),
        migrations.AlterField(
            "observation",
            "metric",
            _key(
                "metrics.metric",
                django.db.models.deletion.PROTECT,
                related_name="observations",
                verbose_name="metric",
                db_index=False,
            ),
        ),
        migrations.AlterField(
            "observation",
            "batch",
            _key(
                "coe.importbatch",
                django.db.models.deletion.SET_NULL,
                null=True,
                related_name="+",
                verbose_name="import",
            ),
        ),
        migrations.AlterField(
            "dailyrollup",
            "line",
            _key("coe.businessline", django.db.models.deletion.CASCADE, related_name="+", db_index=False),
        ),
        migrations.AlterField(
            "dailyrollup",
            "metric",
            _key("metrics.metric", django.db.models.deletion.CASCADE, related_name="+"),
        ),
        migrations.AlterField(
            "accountmonth",
            "account",
            _key(
                "coe.socialaccount", django.db.models.deletion.CASCADE, related_name="months", db_index=False
            ),
        ),
        migrations.RunPython(leave_room, leave_none),
    ]
