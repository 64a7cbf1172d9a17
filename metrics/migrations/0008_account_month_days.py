"""The newest day of the figures is the first entry of an index; facts that were followed are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0007_dictionary_texts")]

    operations = [
        migrations.RemoveIndex("accountmonth", "account_month_scan"),
        migrations.AddIndex(
            "accountmonth",
            models.Index(fields=["month", "last_on", "account"], name="account_month_days"),
        ),
        migrations.AddField(
            "rubricversion",
            "facts_followed",
            models.PositiveBigIntegerField(default=0, editable=False),
        ),
    ]
