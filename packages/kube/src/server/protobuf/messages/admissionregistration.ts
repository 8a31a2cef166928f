import type { MessageGroup } from '../message-group.ts';

/** Messages of `admissionregistration.k8s.io/v1`. */
export const admissionregistrationMessages: MessageGroup = {
  namespace: 'admissionregistration',
  apiVersion: 'admissionregistration.k8s.io/v1',
  kinds: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  table: `
MatchCondition name:1:string expression:2:string
MutatingWebhook name:1:string clientConfig:2:WebhookClientConfig rules:3:[]RuleWithOperations failurePolicy:4:string
  matchPolicy:9:string namespaceSelector:5:meta.LabelSelector objectSelector:11:meta.LabelSelector
  sideEffects:6:string timeoutSeconds:7:int admissionReviewVersions:8:[]string reinvocationPolicy:10:string
  matchConditions:12:[]MatchCondition
MutatingWebhookConfiguration metadata:1:meta.ObjectMeta webhooks:2:[]MutatingWebhook
Rule apiGroups:1:[]string apiVersions:2:[]string resources:3:[]string scope:4:string
RuleWithOperations operations:1:[]string +:2:Rule
ServiceReference namespace:1:string name:2:string path:3:string port:4:int
ValidatingWebhook name:1:string clientConfig:2:WebhookClientConfig rules:3:[]RuleWithOperations failurePolicy:4:string
  matchPolicy:9:string namespaceSelector:5:meta.LabelSelector objectSelector:10:meta.LabelSelector
  sideEffects:6:string timeoutSeconds:7:int admissionReviewVersions:8:[]string matchConditions:11:[]MatchCondition
ValidatingWebhookConfiguration metadata:1:meta.ObjectMeta webhooks:2:[]ValidatingWebhook
WebhookClientConfig url:3:string service:1:ServiceReference caBundle:2:bytes
`,
};
