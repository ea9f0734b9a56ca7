from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mining", "0006_fleet_alerts"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="jointoken",
            options={"ordering": ("-created_at",), "verbose_name": "invitation"},
        ),
        migrations.AlterField(
            model_name="nodeaccess",
            name="heard_at",
            field=models.DateTimeField(blank=True, help_text="Its last beat, by the console's clock.", null=True),
        ),
    ]
