/// Who may call: OpenID Connect bearer tokens, three roles, off until a service or its operator
/// asks for it.
///
/// `MULTIPOD_AUTH_REQUIRED=true` switches it on, and one of these says whose tokens are good:
///
/// - `QUARKUS_OIDC_PUBLIC_KEY` (PEM or its base64 body) with `QUARKUS_OIDC_TOKEN_ISSUER`: tokens
///   are verified by this key alone, nobody is asked.
/// - `QUARKUS_OIDC_AUTH_SERVER_URL`: an issuer, whose keys are found by discovery. When that is the
///   Kubernetes API server, discovery itself needs a token: `MULTIPOD_AUTH_ISSUER_TOKEN_FILE` names
///   the pod's projected one, and `QUARKUS_TLS_CLUSTER_TRUST_STORE_PEM_CERTS` with
///   `QUARKUS_OIDC_TLS_TLS_CONFIGURATION_NAME=cluster` the authority that signed its certificate.
///
/// Every token must be of the audience `QUARKUS_OIDC_TOKEN_AUDIENCE` (`multipod`) and not expired.
@NullMarked
package dev.multipod.kit.auth;

import org.jspecify.annotations.NullMarked;
