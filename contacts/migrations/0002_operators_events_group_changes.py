import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('contacts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='operator',
            field=models.CharField(blank=True, db_default='', editable=False, max_length=60, verbose_name='operator'),
        ),
        migrations.CreateModel(
            name='ContactEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('merged', 'Merged')], max_length=10, verbose_name='what')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='time')),
                ('details', models.JSONField(default=dict, verbose_name='details')),
            ],
            options={
                'verbose_name': 'contact event',
                'verbose_name_plural': 'contact events',
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='GroupChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('add', 'Add to a group'), ('remove', 'Remove from a group'), ('delete', 'Delete a group')], max_length=10, verbose_name='what')),
                ('group_name', models.CharField(max_length=100, verbose_name='group')),
                ('selection', models.JSONField(default=dict)),
                ('first', models.BigIntegerField(default=0)),
                ('position', models.BigIntegerField(default=0)),
                ('until', models.BigIntegerField(default=0)),
                ('looked_at', models.PositiveBigIntegerField(default=0, verbose_name='looked at')),
                ('changed', models.PositiveBigIntegerField(default=0, verbose_name='changed')),
                ('state', models.CharField(choices=[('running', 'Running'), ('finished', 'Finished'), ('stopped', 'Stopped'), ('failed', 'Failed')], default='running', max_length=10, verbose_name='state')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
            ],
            options={
                'verbose_name': 'change of a group',
                'verbose_name_plural': 'changes of groups',
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='contactevent',
            name='actor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='contactevent',
            name='contact',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='events', to='contacts.contact', verbose_name='contact'),
        ),
        migrations.AddField(
            model_name='groupchange',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='groupchange',
            name='group',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='contacts.group', verbose_name='group'),
        ),
        migrations.AddIndex(
            model_name='groupchange',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['id'], name='group_change_running'),
        ),
    ]
