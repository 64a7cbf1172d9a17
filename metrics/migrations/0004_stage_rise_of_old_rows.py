"""Stages stored before `rise` was learn it from the row that they followed."""

from django.db import migrations

_FORMER = """
FROM metrics_stagerow former WHERE former.line_id = metrics_stagerow.line_id AND former.dimension = metrics_stagerow.dimension
  AND former.known_until = metrics_stagerow.known_from AND former.id < metrics_stagerow.id
"""
_FILL = f"""
UPDATE metrics_stagerow SET rise = level_index - (SELECT former.level_index {_FORMER} ORDER BY former.id DESC LIMIT 1)
WHERE line_id IS NOT NULL AND EXISTS (SELECT 1 {_FORMER})
"""  # noqa: S608  # no value of anybody's is in it


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_stage_rise")]

    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
