package dev.multipod.crawler.fetch;

import dev.multipod.crawler.address.AddressPolicy;
import dev.multipod.crawler.address.Destination;
import dev.multipod.crawler.address.Refusals;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.ZipException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.io.Closer;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// One request, one answer, on a connection of its own. Redirects, retries, cookies, proxies and
/// decompression of the HTTP client are off: each would act without the checks made here.
@ApplicationScoped
class PageClient {
  private static final int MOST_CONNECTIONS = 1024;
  private static final int MOST_HEADERS = 256;

  private final FetchLimits limits;
  private final CloseableHttpClient http;

  PageClient(FetchLimits limits, AddressPolicy policy) {
    this.limits = limits;
    this.http = client(limits, new GuardedDns(policy, InetAddress::getAllByName));
  }

  /// Makes something of a body while it comes in.
  @FunctionalInterface
  interface Reader<T> {
    T read(InputStream body, @Nullable String contentType) throws IOException;
  }

  /// An answer of a site.
  ///
  /// @param body what the reader made of it
  record Answer<T>(
      int status,
      T body,
      @Nullable String contentType,
      @Nullable String location,
      @Nullable String retryAfter) {}

  private static CloseableHttpClient client(FetchLimits limits, GuardedDns dns) {
    Timeout connect = Timeout.of(limits.connect());
    Timeout read = Timeout.of(limits.read());
    int line = Math.toIntExact(limits.headers().asLongValue());
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(dns)
                .setConnectionFactory(
                    ManagedHttpClientConnectionFactory.builder()
                        .http1Config(
                            Http1Config.custom()
                                .setMaxLineLength(line)
                                .setMaxHeaderCount(MOST_HEADERS)
                                .build())
                        .build())
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom()
                        .setConnectTimeout(connect)
                        .setSocketTimeout(read)
                        .build())
                .setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(connect).build())
                .setMaxConnTotal(MOST_CONNECTIONS)
                .setMaxConnPerRoute(MOST_CONNECTIONS)
                .build())
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setConnectionRequestTimeout(connect)
                .setResponseTimeout(read)
                .setRedirectsEnabled(false)
                .setProtocolUpgradeEnabled(false)
                .build())
        .setRoutePlanner(new DefaultRoutePlanner(DefaultSchemePortResolver.INSTANCE))
        .setConnectionReuseStrategy((request, response, context) -> false)
        .setUserAgent(limits.userAgent())
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableContentCompression()
        .disableAuthCaching()
        .build();
  }

  /// Gets a page.
  ///
  /// @param within the wall-clock time for all of it; then the connection is closed, whatever it is
  ///   doing
  <T> Answer<T> get(Destination from, Duration within, Body.Bounds bounds, Reader<T> reader)
      throws FetchFailure, InterruptedException {
    FutureTask<Answer<T>> request = new FutureTask<>(() -> request(from, bounds, reader));
    // Interrupting a virtual thread closes the socket it waits on.
    Thread.ofVirtual().name("request").start(request);
    try {
      return request.get(Math.max(within.toMillis(), 0), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw timedOut();
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } finally {
      request.cancel(true);
    }
  }

  private <T> Answer<T> request(Destination from, Body.Bounds bounds, Reader<T> reader)
      throws IOException, HttpException {
    HttpHost host = new HttpHost(from.tls() ? "https" : "http", from.host(), from.port());
    HttpUriRequestBase get = new HttpUriRequestBase("GET", URI.create("/"));
    get.setScheme(host.getSchemeName());
    get.setAuthority(
        new URIAuthority(from.host(), from.port() == (from.tls() ? 443 : 80) ? -1 : from.port()));
    get.setPath(from.target());
    get.setHeader("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    get.setHeader("Accept-Encoding", "gzip, deflate");
    get.setHeader("Connection", "close");
    ClassicHttpResponse response = http.executeOpen(host, get, null);
    try {
      return answer(response, bounds, reader);
    } finally {
      // First, so that closing does not read on to the end of a body that nobody wants.
      get.cancel();
      Closer.closeQuietly(response);
    }
  }

  private <T> Answer<T> answer(ClassicHttpResponse response, Body.Bounds bounds, Reader<T> reader)
      throws IOException, HttpException {
    long bytes = 0;
    for (Header header : response.getHeaders()) {
      String value = header.getValue();
      bytes += header.getName().length() + (value == null ? 0 : value.length()) + 4L;
    }
    if (bytes > limits.headers().asLongValue()) {
      throw new MessageConstraintException("headers");
    }
    String type = header(response, "Content-Type");
    return new Answer<>(
        response.getCode(),
        body(response, type, bounds, reader),
        type,
        header(response, "Location"),
        header(response, "Retry-After"));
  }

  private static <T> T body(
      ClassicHttpResponse response, @Nullable String type, Body.Bounds bounds, Reader<T> reader)
      throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return reader.read(InputStream.nullInputStream(), type);
    }
    // Not closed: that would read on to its end.
    InputStream body = Body.open(entity.getContent(), header(response, "Content-Encoding"), bounds);
    return reader.read(body, type);
  }

  private static @Nullable String header(ClassicHttpResponse response, String name) {
    Header header = response.getFirstHeader(name);
    return header == null ? null : header.getValue();
  }

  private static FetchFailure failure(@Nullable Throwable cause) {
    return switch (cause) {
      case GuardedDns.Denied denied ->
          FetchFailure.lasting(
              Refusals.ADDRESS_DENIED, "This destination may not be fetched from here.");
      case UnknownHostException unknown ->
          FetchFailure.lasting("name-unknown", "The host's name has no address.");
      case ConnectTimeoutException slow ->
          FetchFailure.passing("connect-failed", "The site did not take the connection in time.");
      case HttpHostConnectException refused ->
          FetchFailure.passing("connect-failed", "The site did not take the connection.");
      case SocketTimeoutException slow -> timedOut();
      case SSLException tls ->
          FetchFailure.lasting("tls-failed", "No trusted TLS connection could be made.");
      case Body.TooLarge large ->
          FetchFailure.lasting("too-large", "The page is larger than is fetched here.");
      case Body.UnknownEncoding unknown ->
          FetchFailure.lasting(
              "unknown-encoding", "The site sent an encoding that it was not asked for.");
      case ZipException broken ->
          FetchFailure.lasting("malformed-answer", "The compressed body is damaged.");
      case MessageConstraintException large ->
          FetchFailure.lasting("headers-too-large", "The answer's headers are too large.");
      case HttpException broken ->
          FetchFailure.lasting("malformed-answer", "The answer is not HTTP.");
      case IOException broken when broken.getCause() instanceof HttpException ->
          FetchFailure.lasting("malformed-answer", "The answer is not HTTP.");
      case IOException broken ->
          FetchFailure.passing("connection-broken", "The connection broke before the end.");
      case null, default -> throw new IllegalStateException(cause);
    };
  }

  private static FetchFailure timedOut() {
    return FetchFailure.lasting("timed-out", "The site did not answer in time.");
  }

  @PreDestroy
  void close() throws IOException {
    http.close();
  }
}
