"""Completions pushed over the API, and courses waived, get sources of their own: they were called “entered by hand”."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_pushed(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """What the API wrote is known by its key, `api:…`."""
    completions = apps.get_model("training", "Completion")._default_manager.using(editor.connection.alias)
    completions.filter(source="manual", key__startswith="api:").update(source="api")


def rename(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Back to the sources there were."""
    completions = apps.get_model("training", "Completion")._default_manager.using(editor.connection.alias)
    completions.filter(source__in=("api", "waiver")).update(source="manual")


class Migration(migrations.Migration):
    """New choices, no new column."""

    dependencies = [("training", "0002_xapi_statements")]

    operations = [
        migrations.AlterField(
            model_name="completion",
            name="source",
            field=models.CharField(
                choices=[
                    ("quiz", "Quiz"),
                    ("session", "Session"),
                    ("csv", "Imported file"),
                    ("xapi", "Learning system (xAPI)"),
                    ("api", "Another system (API)"),
                    ("manual", "Entered by hand"),
                    ("waiver", "Waived"),
                ],
                max_length=12,
                verbose_name="source",
            ),
        ),
        migrations.RunPython(name_pushed, rename),
    ]
