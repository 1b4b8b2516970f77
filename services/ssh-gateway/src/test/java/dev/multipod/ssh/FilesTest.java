package dev.multipod.ssh;

import static dev.multipod.ssh.Gateway.call;
import static dev.multipod.ssh.Gateway.files;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;

import dev.multipod.testkit.FaultyProxy;
import dev.multipod.testkit.Tools;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(Servers.class)
final class FilesTest {
  @Nullable OpenSsh openSsh;
  @Nullable FaultyProxy proxy;

  @BeforeEach
  void needsOpenSsh() {
    Tools.require("sshd", "ssh-gateway against a real OpenSSH");
  }

  private Path fresh() {
    if (openSsh == null) {
      throw new IllegalStateException("no sshd");
    }
    return openSsh.home().resolve(UUID.randomUUID().toString());
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static HttpResponse<byte[]> put(String target, Path path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        Gateway.request(files(target, path)).PUT(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return Gateway.send(request.build());
  }

  private static HttpResponse<byte[]> get(String target, Object path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = Gateway.request(files(target, path)).GET();
    if (headers.length > 0) {
      request.headers(headers);
    }
    return Gateway.send(request.build());
  }

  private static List<String> partsBeside(Path path) throws IOException {
    try (var list = Files.list(path.getParent())) {
      return list.map(one -> String.valueOf(one.getFileName()))
          .filter(name -> name.startsWith(".part-"))
          .toList();
    }
  }

  @Test
  void aFilePutAndGotIsTheSame() throws Exception {
    for (int size : new int[] {0, 1, 32_768, 5_000_001}) {
      Path path = fresh();
      byte[] bytes = bytes(size);
      assertThat(put("key", path, bytes).statusCode()).isEqualTo(201);
      assertThat(Files.readAllBytes(path)).isEqualTo(bytes);
      assertThat(get("key", path).body()).isEqualTo(bytes);
    }
  }

  @Test
  void theDemonstrationServerKeepsFilesToo() throws Exception {
    Path path = Path.of(UUID.randomUUID().toString());
    byte[] bytes = bytes(1_234_567);
    assertThat(put("demo-password", path, bytes).statusCode()).isEqualTo(201);
    assertThat(get("demo-key", path).body()).isEqualTo(bytes);
  }

  @Test
  void aPutTakesTheOldFilesPlaceAndItsMode() throws Exception {
    Path path = fresh();
    assertThat(put("key", path, bytes(10)).statusCode()).isEqualTo(201);
    call()
        .contentType("application/json")
        .body(Gateway.argv("chmod", "640", path.toString()))
        .post(Gateway.exec("key"))
        .then()
        .statusCode(200);
    assertThat(put("key", path, bytes(20)).statusCode()).isEqualTo(204);
    assertThat(Files.readAllBytes(path)).isEqualTo(bytes(20));
    assertThat(Files.getPosixFilePermissions(path)).hasSize(3);
  }

  @Test
  void aRangeIsThatPartOfTheFile() throws Exception {
    Path path = fresh();
    byte[] bytes = bytes(1_000_003);
    put("key", path, bytes);
    HttpResponse<byte[]> middle = get("key", path, "Range", "bytes=99999-300000");
    assertThat(middle.statusCode()).isEqualTo(206);
    assertThat(middle.headers().firstValue("Content-Range")).hasValue("bytes 99999-300000/1000003");
    assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(bytes, 99_999, 300_001));
    assertThat(get("key", path, "Range", "bytes=-3").body())
        .isEqualTo(Arrays.copyOfRange(bytes, 1_000_000, 1_000_003));
    HttpResponse<byte[]> beyond = get("key", path, "Range", "bytes=1000003-");
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(beyond.headers().firstValue("Content-Range")).hasValue("bytes */1000003");
  }

  @Test
  void headTellsTheSize() throws Exception {
    Path path = fresh();
    put("key", path, bytes(77));
    call().head(files("key", path)).then().statusCode(200).header("Content-Length", equalTo("77"));
    call().head(files("key", fresh())).then().statusCode(404);
  }

  @Test
  void aRightDigestIsAcceptedAndAWrongOneLeavesNothingBehind() throws Exception {
    Path path = fresh();
    byte[] bytes = bytes(100_000);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
    String right = "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":";
    HttpResponse<byte[]> refused = put("key", path, bytes(100_001), "Content-Digest", right);
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(path).doesNotExist();
    assertThat(partsBeside(path)).isEmpty();
    assertThat(put("key", path, bytes, "Content-Digest", right).statusCode()).isEqualTo(201);
  }

  @Test
  void aFileOverTheLimitIsRefusedWholeWhetherItsLengthIsDeclaredOrNot() throws Exception {
    Path path = fresh();
    byte[] bytes = bytes(9_500_000);
    HttpResponse<byte[]> declared = put("key", path, bytes);
    assertThat(declared.statusCode()).isEqualTo(413);
    assertThat(new String(declared.body(), StandardCharsets.UTF_8)).contains(":too-large");
    HttpResponse<byte[]> undeclared =
        Gateway.send(
            Gateway.request(files("key", path))
                .PUT(
                    HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))
                .build());
    assertThat(undeclared.statusCode()).isEqualTo(413);
    assertThat(path).doesNotExist();
    assertThat(partsBeside(path)).isEmpty();
  }

  @Test
  void anExistingFileIsLeftAloneWhenANewOneIsWanted() throws Exception {
    Path path = fresh();
    assertThat(put("key", path, bytes(5), "If-None-Match", "*").statusCode()).isEqualTo(201);
    assertThat(put("key", path, bytes(6), "If-None-Match", "*").statusCode()).isEqualTo(412);
    assertThat(Files.size(path)).isEqualTo(5);
  }

  @Test
  void whatIsNotAFileIsNotGot() {
    call().get(files("key", "/tmp")).then().statusCode(409).body("type", endsWith(":not-a-file"));
    call().get(files("key", "/nowhere/at/all")).then().statusCode(404);
    call().get(files("key", "")).then().statusCode(400).body("type", endsWith(":invalid-path"));
    call().get(files("key", "/etc/shadow")).then().statusCode(409);
  }

  @Test
  void aConnectionCutInTheMiddleLeavesNoFile() throws Exception {
    if (proxy == null) {
      throw new IllegalStateException("no proxy");
    }
    Path path = fresh();
    try {
      proxy.resetAfter(1_000_000);
      HttpResponse<byte[]> answer = put("proxied", path, bytes(4_000_000));
      assertThat(answer.statusCode()).isEqualTo(502);
    } finally {
      proxy.heal();
    }
    assertThat(path).doesNotExist();
    assertThat(put("proxied", path, bytes(4_000)).statusCode()).isEqualTo(201);
  }

  @Test
  void aDownloadThatIsCutIsNotTakenForAWholeFile() throws Exception {
    if (proxy == null) {
      throw new IllegalStateException("no proxy");
    }
    Path path = fresh();
    put("key", path, bytes(8_000_000));
    try {
      proxy.resetAfter(2_000_000);
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> get("proxied", path))
          .isInstanceOf(IOException.class);
    } finally {
      proxy.heal();
    }
  }
}
