{{- define "tidegate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tidegate.fullname" -}}
{{- $name := include "tidegate.name" . -}}
{{- $made := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $made .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tidegate.account" -}}
{{- default (ternary (include "tidegate.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{/* Names of what has no namespace: two releases of one name in two namespaces must not meet. */}}
{{- define "tidegate.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "tidegate.fullname" .) -}}
{{- end -}}

{{- define "tidegate.selector" -}}
app.kubernetes.io/name: {{ include "tidegate.name" . | toJson }}
app.kubernetes.io/instance: {{ .Release.Name | toJson }}
{{- end -}}

{{- define "tidegate.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | toJson }}
{{ include "tidegate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | toJson }}
app.kubernetes.io/managed-by: {{ .Release.Service | toJson }}
{{- end -}}

{{- define "tidegate.image" -}}
{{- $repository := default (printf "tidegate/tidegate-%s" .Values.plane) .Values.image.repository -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- printf "%s%s%s" $repository (ternary "@" ":" (hasPrefix "sha256:" $tag)) $tag -}}
{{- end -}}

{{/* A value as the text of a setting: lists with commas, and no 1.5e+07, which is what a template makes of a large number. */}}
{{- define "tidegate.text" -}}
{{- if kindIs "slice" . -}}
{{- $items := list -}}{{- range . -}}{{- $items = append $items (include "tidegate.text" .) -}}{{- end -}}{{- join "," $items -}}
{{- else if kindIs "float64" . -}}
{{- ternary (int64 . | toString) (toString .) (eq (floor .) .) -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* One variable. JSON is YAML that needs no other quoting; the kubelet reads $$ as $ and would put variables in for $(NAME). */}}
{{- define "tidegate.variable" -}}
- name: {{ .name }}
  value: {{ include "tidegate.text" .value | replace "$" "$$" | toJson }}
{{- end -}}

{{/* The ports that clients connect to, as a list of {name, port, from}: `from` is the Service's. */}}
{{- define "tidegate.ports" -}}
{{- $ports := list (dict "name" "http" "port" .Values.ports.http "from" .Values.service.httpPort) -}}
{{- $ports = append $ports (dict "name" "https" "port" .Values.ports.https "from" .Values.service.httpsPort) -}}
{{- range $port, $_ := .Values.tcp -}}
{{- $ports = append $ports (dict "name" (printf "tcp-%s" $port) "port" (int $port) "from" (int $port)) -}}
{{- end -}}
{{- toJson $ports -}}
{{- end -}}

{{- define "tidegate.publishes" -}}
{{- $service := and .Values.service.enabled .Values.writeBack.publishService -}}
{{- if and .Values.writeBack.enabled (or $service .Values.writeBack.publishAddresses .Values.writeBack.publishNodes) -}}yes{{- end -}}
{{- end -}}

{{/* Fails if two values name one port: {what, of: list of {name, port}}. */}}
{{- define "tidegate.distinct" -}}
{{- $taken := dict -}}
{{- $what := .what -}}
{{- range .of -}}
{{- $port := toString (int .port) -}}
{{- if hasKey $taken $port -}}
{{- fail (printf "%s %s is taken twice, by %s and by %s: change one of these values" $what $port (index $taken $port) .name) -}}
{{- end -}}
{{- $_ := set $taken $port .name -}}
{{- end -}}
{{- end -}}
