"""A target that is taken away stays, with the reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0008_account_month_days")]

    operations = [
        migrations.AddField(
            "target",
            "archived_at",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="taken away at"),
        ),
        migrations.AddField(
            "target",
            "archived_why",
            models.CharField(
                blank=True, default="", editable=False, max_length=300, verbose_name="why it was taken away"
            ),
            preserve_default=False,
        ),
    ]
