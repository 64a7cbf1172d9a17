"""Names of saved mappings are their owner's: a name that is taken told everybody that somebody else has it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coe", "0007_account_piles")]

    operations = [
        migrations.RemoveConstraint("savedmapping", "saved_mapping_name_once"),
        migrations.AddConstraint(
            "savedmapping",
            models.UniqueConstraint(
                fields=("owner", "kind", "name"), name="saved_mapping_name_of_owner_once"
            ),
        ),
        migrations.AddConstraint(
            "savedmapping",
            models.UniqueConstraint(
                fields=("kind", "name"),
                condition=models.Q(("owner", None)),
                name="saved_mapping_name_of_nobody_once",
            ),
        ),
    ]
