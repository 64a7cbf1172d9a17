"""Units and formulas of the dictionary in other languages; null until the next start fills in what ships."""

from django.db import migrations, models


def _texts(label, **options):
    return models.JSONField(blank=True, null=True, verbose_name=label, **options)


class Migration(migrations.Migration):
    dependencies = [("metrics", "0006_names_for_people")]

    # First without a default: rows that are there stay null, which tells them from those whose texts somebody took away.
    operations = [
        migrations.AddField("metric", "unit_texts", _texts("unit in other languages")),
        migrations.AddField("metric", "formula_texts", _texts("formula in other languages")),
        migrations.AlterField("metric", "unit_texts", _texts("unit in other languages", default=dict)),
        migrations.AlterField("metric", "formula_texts", _texts("formula in other languages", default=dict)),
    ]
