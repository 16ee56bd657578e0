{{/* Groups of rights.yaml as one list, as JSON. {top, groups, name}: `name` is put in for NAMED. */}}
{{- define "tidegate.rights" -}}
{{- $all := .top.Files.Get "rights.yaml" | replace "NAMED" (.name | default "" | toJson) | fromYaml -}}
{{- $rules := list -}}
{{- range .groups -}}{{- $rules = concat $rules (index $all .) -}}{{- end -}}
{{- toJson $rules -}}
{{- end -}}

{{/* What the router does in each namespace that it serves, as JSON. */}}
{{- define "tidegate.servedRules" -}}
{{- $groups := list "serve" -}}
{{- if not .Values.secrets -}}{{- $groups = append $groups "secrets" -}}{{- end -}}
{{- if include "tidegate.publishes" . -}}{{- $groups = append $groups "publish" -}}{{- end -}}
{{- if and .Values.writeBack.enabled .Values.writeBack.events -}}{{- $groups = append $groups "events" -}}{{- end -}}
{{- if .Values.controllers.enabled -}}
{{- $groups = concat $groups .Values.controllers.run -}}
{{- if and .Values.controllers.evict (has "daemon" .Values.controllers.run) -}}{{- $groups = append $groups "evict" -}}{{- end -}}
{{- end -}}
{{- include "tidegate.rights" (dict "top" . "groups" $groups) -}}
{{- end -}}

{{/* What it does in the whole cluster, as JSON. */}}
{{- define "tidegate.clusterRules" -}}
{{- $groups := list "classes" -}}
{{- if and .Values.controllers.enabled (has "daemon" .Values.controllers.run) -}}
{{- $groups = append $groups "daemon-cluster" -}}
{{- else if and .Values.writeBack.enabled (eq .Values.writeBack.publishNodes "external") -}}
{{- $groups = append $groups "nodes" -}}
{{- end -}}
{{- $rules := include "tidegate.rights" (dict "top" . "groups" $groups) | fromJsonArray -}}
{{- if not .Values.namespaces -}}{{- $rules = concat (include "tidegate.servedRules" . | fromJsonArray) $rules -}}{{- end -}}
{{- toJson $rules -}}
{{- end -}}

{{/* What it does in its own namespace, served or not, as JSON. */}}
{{- define "tidegate.ownRules" -}}
{{- $name := include "tidegate.fullname" . -}}
{{- $rules := list -}}
{{- if eq .Values.kind "Deployment" -}}
{{- $rules = include "tidegate.rights" (dict "top" . "groups" (list "deployment") "name" $name) | fromJsonArray -}}
{{- end -}}
{{- if .Values.writeBack.enabled -}}
{{- $lease := printf "tidegate-%s" .Values.ingressClass.name -}}
{{- $rules = concat $rules (include "tidegate.rights" (dict "top" . "groups" (list "lead") "name" $lease) | fromJsonArray) -}}
{{- if .Values.writeBack.publishNodes -}}
{{- $rules = concat $rules (include "tidegate.rights" (dict "top" . "groups" (list "routers")) | fromJsonArray) -}}
{{- end -}}
{{- $foreign := and .Values.namespaces (not (has .Release.Namespace .Values.namespaces)) -}}
{{- if and $foreign .Values.service.enabled .Values.writeBack.publishService -}}
{{- $rules = concat $rules (include "tidegate.rights" (dict "top" . "groups" (list "service") "name" $name) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- toJson $rules -}}
{{- end -}}

{{/* Secrets that are granted by name, as JSON: namespace -> names. */}}
{{- define "tidegate.namedSecrets" -}}
{{- $named := .Values.secrets -}}
{{- range list "default-certificate" "platform-certificate" -}}
{{- with index $.Values.settings . -}}
{{- $outside := and $.Values.namespaces (not (has (splitList "/" . | first) $.Values.namespaces)) -}}
{{- if or $outside $.Values.secrets -}}{{- $named = append $named . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $found := dict -}}
{{- range uniq $named -}}
{{- $parts := splitList "/" . -}}
{{- $_ := set $found (first $parts) (append (default list (index $found (first $parts))) (last $parts)) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* All Roles, as JSON: namespace -> rules. */}}
{{- define "tidegate.roles" -}}
{{- $roles := dict -}}
{{- range .Values.namespaces -}}
{{- $_ := set $roles . (include "tidegate.servedRules" $ | fromJsonArray) -}}
{{- end -}}
{{- with include "tidegate.ownRules" . | fromJsonArray -}}
{{- $_ := set $roles $.Release.Namespace (concat (default list (index $roles $.Release.Namespace)) .) -}}
{{- end -}}
{{- range $namespace, $names := include "tidegate.namedSecrets" . | fromJson -}}
{{- range include "tidegate.rights" (dict "top" $ "groups" (list "secrets")) | fromJsonArray -}}
{{- $_ := set $roles $namespace (append (default list (index $roles $namespace)) (set . "resourceNames" $names)) -}}
{{- end -}}
{{- end -}}
{{- toJson $roles -}}
{{- end -}}
