{{/* The first part of every object's name. */}}
{{- define "multipod.prefix" -}}
{{- $prefix := .Values.fullnameOverride | default .Release.Name -}}
{{- if gt (len $prefix) 36 -}}
{{- fail (printf "the release name %q has %d characters; 36 is the most, so that <release>-<service>-replicas is a DNS label: choose a shorter one or set fullnameOverride" $prefix (len $prefix)) -}}
{{- end -}}
{{- $prefix -}}
{{- end }}

{{/* Labels that never change: a Deployment's selector cannot. Takes (list $ component). */}}
{{- define "multipod.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Takes (list $ component). */}}
{{- define "multipod.labels" -}}
{{- $root := index . 0 -}}
{{ include "multipod.selector" . }}
app.kubernetes.io/part-of: multipod
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* Takes (list image-values name-of-the-image). */}}
{{- define "multipod.image" -}}
{{- $image := index . 0 -}}
{{- $repository := printf "%s/%s" $image.repository ($image.name | default (index . 1)) -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $repository $image.digest }}
{{- else -}}
{{ printf "%s:%s" $repository $image.tag }}
{{- end -}}
{{- end }}

{{/* What the Pod Security Standard "restricted" asks of a pod. Takes the user's id, who is also the group. */}}
{{- define "multipod.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* What it asks of a container, and a root file system that cannot be written. */}}
{{- define "multipod.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Memory is a promise in both directions; CPU is shared by whoever needs it. Takes values with cpu, memory, ephemeralStorage. */}}
{{- define "multipod.resources" -}}
requests:
  cpu: {{ .cpu }}
  memory: {{ .memory }}
  ephemeral-storage: {{ .ephemeralStorage }}
limits:
  memory: {{ .memory }}
  ephemeral-storage: {{ .ephemeralStorage }}
{{- end }}

{{/* Where a pod may run. Takes values with nodeSelector, tolerations, affinity. */}}
{{- define "multipod.placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "multipod.kafka.servers" -}}
{{- if eq .Values.kafka.mode "dev" -}}
{{ include "multipod.prefix" . }}-kafka:9092
{{- else -}}
{{ required "kafka.mode is external: kafka.external.bootstrapServers says where it is" .Values.kafka.external.bootstrapServers }}
{{- end -}}
{{- end }}

{{/* Who the clients of an external Kafka are, from a Secret. */}}
{{- define "multipod.kafka.credentials" -}}
{{- $credentials := .Values.kafka.external.credentials -}}
- name: MULTIPOD_KAFKA_USERNAME
  {{- if $credentials.username }}
  value: {{ $credentials.username | quote }}
  {{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ $credentials.existingSecret }}
      key: username
  {{- end }}
- name: MULTIPOD_KAFKA_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $credentials.existingSecret }}
      key: {{ $credentials.passwordKey }}
{{- end }}

{{- define "multipod.postgres.url" -}}
{{- if eq .Values.postgres.mode "dev" -}}
jdbc:postgresql://{{ include "multipod.prefix" . }}-postgres:5432/multipod
{{- else -}}
{{ required "postgres.mode is external: postgres.external.url is its JDBC URL" .Values.postgres.external.url }}
{{- end -}}
{{- end }}

{{/* The Secret with the keys username and password. */}}
{{- define "multipod.postgres.secret" -}}
{{- if eq .Values.postgres.mode "dev" -}}
{{ .Values.postgres.dev.existingSecret | default (printf "%s-postgres" (include "multipod.prefix" .)) }}
{{- else -}}
{{ required "postgres.mode is external: postgres.external.existingSecret names the Secret with its username and password" .Values.postgres.external.existingSecret }}
{{- end -}}
{{- end }}

{{/* The environment of one service, without secrets. Takes (list $ name merged-values). */}}
{{- define "multipod.environment" -}}
{{- $root := index . 0 -}}
{{- $s := index . 2 -}}
{{- $env := dict
  "QUARKUS_HTTP_HOST" "0.0.0.0"
  "QUARKUS_HTTP_PORT" "8080"
  "QUARKUS_MANAGEMENT_HOST" "0.0.0.0"
  "QUARKUS_MANAGEMENT_PORT" "9000"
  "QUARKUS_SHUTDOWN_DELAY" (printf "%ds" (int $s.shutdown.delaySeconds))
  "QUARKUS_SHUTDOWN_TIMEOUT" (printf "%ds" (int $s.shutdown.timeoutSeconds))
  "QUARKUS_LOG_CONSOLE_JSON_ENABLED" (eq $root.Values.logs "json" | toString)
  "MULTIPOD_PEERS_HOST" (printf "%s-{service}-replicas" (include "multipod.prefix" $root))
  "JAVA_TOOL_OPTIONS" (printf "-XX:ActiveProcessorCount=%d %s" (int $s.jvm.processors) $s.jvm.options | trim)
-}}
{{- if $s.needs.kafka -}}
{{- $_ := set $env "KAFKA_BOOTSTRAP_SERVERS" (include "multipod.kafka.servers" $root) -}}
{{- if eq $root.Values.kafka.mode "external" -}}
{{- $external := $root.Values.kafka.external -}}
{{- with $external.securityProtocol }}{{ $_ := set $env "MULTIPOD_KAFKA_SECURITY_PROTOCOL" . }}{{ end -}}
{{- if $external.credentials.existingSecret }}{{ $_ := set $env "MULTIPOD_KAFKA_SASL_MECHANISM" $external.credentials.mechanism }}{{ end -}}
{{- if $external.ca.existingSecret }}{{ $_ := set $env "MULTIPOD_KAFKA_CA" "/etc/multipod/kafka/ca.crt" }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $s.needs.postgres }}{{ $_ := set $env "QUARKUS_DATASOURCE_JDBC_URL" (include "multipod.postgres.url" $root) }}{{ end -}}
{{- if $s.auth -}}
{{- $_ := set $env "MULTIPOD_AUTH_REQUIRED" "true" -}}
{{- $_ := set $env "MULTIPOD_AUTH_SUBJECTS" (include "multipod.auth.subjects" $root) -}}
{{- $_ := set $env "QUARKUS_OIDC_TOKEN_AUDIENCE" $root.Values.auth.audience -}}
{{- with $root.Values.auth.defaultRole }}{{ $_ := set $env "MULTIPOD_AUTH_DEFAULT_ROLE" . }}{{ end -}}
{{- if $root.Values.auth.issuer -}}
{{- $_ := set $env "QUARKUS_OIDC_AUTH_SERVER_URL" $root.Values.auth.issuer -}}
{{- else -}}
{{- $_ := set $env "QUARKUS_OIDC_AUTH_SERVER_URL" "https://kubernetes.default.svc" -}}
{{- $_ := set $env "MULTIPOD_AUTH_ISSUER_TOKEN_FILE" "/var/run/secrets/multipod/token" -}}
{{- $_ := set $env "QUARKUS_TLS_CLUSTER_TRUST_STORE_PEM_CERTS" "/var/run/secrets/multipod/ca.crt" -}}
{{- $_ := set $env "QUARKUS_OIDC_TLS_TLS_CONFIGURATION_NAME" "cluster" -}}
{{- end -}}
{{- end -}}
{{- range $key, $value := $s.env -}}
{{- $_ := set $env $key (tpl (toString $value) $root) -}}
{{- end -}}
{{- toYaml $env -}}
{{- end }}

{{/* The data of a development dependency that does not outlive its pod. Takes its persistence values. */}}
{{- define "multipod.dev.volume" -}}
{{- if not .enabled -}}
- name: data
  emptyDir:
    sizeLimit: {{ .size }}
{{- end }}
{{- end }}

{{/* The data of one that does. Takes (list $ component persistence). */}}
{{- define "multipod.dev.claim" -}}
{{- $persistence := index . 2 -}}
{{- if $persistence.enabled -}}
persistentVolumeClaimRetentionPolicy:
  whenDeleted: {{ ternary "Retain" "Delete" $persistence.retain }}
  whenScaled: Retain
volumeClaimTemplates:
  - metadata:
      name: data
      labels:
        {{- include "multipod.selector" (list (index . 0) (index . 1)) | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with $persistence.storageClass }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests:
          storage: {{ $persistence.size }}
{{- end }}
{{- end }}

{{/* The services behind the gateway, separated by commas. */}}
{{- define "multipod.routed" -}}
{{- $routed := list -}}
{{- range $name, $service := .Values.services -}}
{{- $s := mergeOverwrite (deepCopy $.Values.defaults) $service -}}
{{- if and $s.enabled $s.routed }}{{ $routed = append $routed $name }}{{ end -}}
{{- end -}}
{{- join "," $routed -}}
{{- end }}

{{/* subject=role,… : the accounts of this chart, those of the values, and the one of `helm test`. */}}
{{- define "multipod.auth.subjects" -}}
{{- $subjects := list -}}
{{- $account := printf "system:serviceaccount:%s:%s" .Release.Namespace (include "multipod.prefix" .) -}}
{{- range $name, $role := .Values.auth.accounts }}{{ $subjects = append $subjects (printf "%s-%s=%s" $account $name $role) }}{{ end -}}
{{- $subjects = append $subjects (printf "%s-test=use" $account) -}}
{{- range $subject, $role := .Values.auth.subjects }}{{ $subjects = append $subjects (printf "%s=%s" $subject $role) }}{{ end -}}
{{- join "," $subjects -}}
{{- end }}

{{- define "multipod.ssh.targets" -}}
{{ .Values.ssh.targets.existingSecret | default (printf "%s-ssh-targets" (include "multipod.prefix" .)) }}
{{- end }}

{{/* The operator's list, and the demonstration site where there is one. */}}
{{- define "multipod.crawler.allow" -}}
{{- $allow := .Values.crawler.allow -}}
{{- if .Values.demo.enabled }}{{ $allow = append $allow (printf "%s:8081" .Values.demo.site.range) }}{{ end -}}
{{- join "," $allow -}}
{{- end }}

{{/* A single broker that is its own controller; topics of its own have one copy. */}}
{{- define "multipod.kafka.settings" -}}
node.id=1
process.roles=broker,controller
listeners=PLAINTEXT://:9092,CONTROLLER://localhost:9093
advertised.listeners=PLAINTEXT://{{ include "multipod.prefix" . }}-kafka:9092
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@localhost:9093
log.dirs=/var/lib/kafka/data/logs
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.share.delivery.count.limit=10
controlled.shutdown.enable=false
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=8388608
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
{{- end }}
