"""Readings, verdicts, stages and parts of runs are named for people: words only, nothing in the database changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coe", "0007_account_piles"),
        ("metrics", "0005_lean_observations"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="indicatorreading",
            options={"verbose_name": "reading", "verbose_name_plural": "readings"},
        ),
        migrations.AlterModelOptions(
            name="runchunk",
            options={
                "ordering": ["run", "index"],
                "verbose_name": "part of a run",
                "verbose_name_plural": "parts of runs",
            },
        ),
        migrations.AlterModelOptions(
            name="stagerow",
            options={"verbose_name": "stage", "verbose_name_plural": "stages"},
        ),
        migrations.AlterModelOptions(
            name="verdictrow",
            options={"verbose_name": "verdict", "verbose_name_plural": "verdicts"},
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="denominator",
            field=models.BigIntegerField(null=True, verbose_name="denominator"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="detail",
            field=models.JSONField(default=dict, verbose_name="details"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="evidence_on",
            field=models.DateField(null=True, verbose_name="evidence of"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="fresh_at",
            field=models.DateTimeField(verbose_name="measured last"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="indicator",
            field=models.CharField(max_length=60, verbose_name="indicator"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="known_from",
            field=models.DateTimeField(verbose_name="known from"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="known_until",
            field=models.DateTimeField(null=True, verbose_name="known until"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="line",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="coe.businessline",
                verbose_name="line",
            ),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="numerator",
            field=models.BigIntegerField(null=True, verbose_name="numerator"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="records",
            field=models.PositiveIntegerField(default=0, verbose_name="records"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="state",
            field=models.CharField(
                choices=[("ok", "Measured"), ("no_data", "No data"), ("error", "Error")],
                default="ok",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="value_denominator",
            field=models.BigIntegerField(null=True, verbose_name="denominator of the value"),
        ),
        migrations.AlterField(
            model_name="indicatorreading",
            name="value_numerator",
            field=models.BigIntegerField(null=True, verbose_name="numerator of the value"),
        ),
        migrations.AlterField(
            model_name="maturityrun",
            name="lease_until",
            field=models.DateTimeField(editable=False, null=True, verbose_name="claimed until"),
        ),
        migrations.AlterField(
            model_name="runchunk",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="attempts"),
        ),
        migrations.AlterField(
            model_name="runchunk",
            name="index",
            field=models.PositiveIntegerField(verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="runchunk",
            name="lease_until",
            field=models.DateTimeField(null=True, verbose_name="claimed until"),
        ),
        migrations.AlterField(
            model_name="runchunk",
            name="line_ids",
            field=models.JSONField(default=list, verbose_name="lines"),
        ),
        migrations.AlterField(
            model_name="runchunk",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chunks",
                to="metrics.maturityrun",
                verbose_name="run",
            ),
        ),
        migrations.AlterField(
            model_name="runchunk",
            name="state",
            field=models.CharField(
                choices=[("queued", "Queued"), ("leased", "Running"), ("done", "Done")],
                default="queued",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="applicable",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="criteria that apply"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="causes",
            field=models.JSONField(default=list, verbose_name="causes"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="dimension",
            field=models.CharField(blank=True, max_length=40, verbose_name="dimension"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="known_from",
            field=models.DateTimeField(verbose_name="known from"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="known_until",
            field=models.DateTimeField(null=True, verbose_name="known until"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="level_index",
            field=models.SmallIntegerField(default=-1, verbose_name="index of the level"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="line",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="coe.businessline",
                verbose_name="line",
            ),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="met",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="criteria met"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="rise",
            field=models.SmallIntegerField(default=0, verbose_name="levels gained"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="rubric",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="metrics.rubricversion",
                verbose_name="rubric",
            ),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="score_tenths",
            field=models.SmallIntegerField(null=True, verbose_name="score in tenths"),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="standing",
            field=models.CharField(
                choices=[("reached", "Reached"), ("not_yet", "Not yet"), ("not_assessed", "Not assessed")],
                default="not_assessed",
                max_length=12,
                verbose_name="standing",
            ),
        ),
        migrations.AlterField(
            model_name="stagerow",
            name="waived",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="criteria waived"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="criterion",
            field=models.CharField(max_length=40, verbose_name="criterion"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="denominator",
            field=models.BigIntegerField(null=True, verbose_name="denominator"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="detail",
            field=models.JSONField(default=dict, verbose_name="details"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="evidence_on",
            field=models.DateField(null=True, verbose_name="evidence of"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="known_from",
            field=models.DateTimeField(verbose_name="known from"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="known_until",
            field=models.DateTimeField(null=True, verbose_name="known until"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="line",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="coe.businessline",
                verbose_name="line",
            ),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="numerator",
            field=models.BigIntegerField(null=True, verbose_name="numerator"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="reason",
            field=models.CharField(max_length=24, verbose_name="reason"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="rubric",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="metrics.rubricversion",
                verbose_name="rubric",
            ),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="metrics.maturityrun",
                verbose_name="run",
            ),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="value_denominator",
            field=models.BigIntegerField(null=True, verbose_name="denominator of the value"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="value_numerator",
            field=models.BigIntegerField(null=True, verbose_name="numerator of the value"),
        ),
        migrations.AlterField(
            model_name="verdictrow",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("pass", "Pass"),
                    ("fail", "Fail"),
                    ("warn", "Pass, near the threshold"),
                    ("no_data", "No data"),
                    ("stale", "Too old"),
                    ("error", "Error"),
                    ("not_applicable", "Not applicable"),
                    ("waived", "Waived"),
                ],
                max_length=16,
                verbose_name="verdict",
            ),
        ),
    ]
