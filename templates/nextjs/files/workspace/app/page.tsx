export default function Page() {
  return (
    <main>
      <h1>It works</h1>
      <p>
        Change <code>app/page.tsx</code>, and this page changes with it.
      </p>
    </main>
  );
}
